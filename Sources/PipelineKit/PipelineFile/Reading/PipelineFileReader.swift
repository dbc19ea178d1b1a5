internal import SystemPackage

/// Reads the top level of one file, and passes its parts to their readers.
struct PipelineFileReader {
    let registry: StepRegistry
    let source: SourceText
    let given: [String: String]
    let environment: [String: String]
    let problems: ProblemList

    private let budget = TextBudget()
    private var expressions: ExpressionReader {
        ExpressionReader(source: source, problems: problems, budget: budget)
    }

    func read() -> Pipeline? {
        let before = problems.errorCount
        guard let root = YAMLReader(source: source, problems: problems).read() else {
            if problems.errorCount == before { reportEmpty() }
            return nil
        }
        if case .scalar("", plain: true) = root.content {
            reportEmpty()
            return nil
        }
        guard
            var fields = NodeFields(
                root, "a pipeline file", known: Self.keys, freePrefix: "x-", habits: Self.habits,
                help: Self.help(for: root),
                problems)
        else { return nil }
        return read(&fields)
    }

    private func reportEmpty() {
        problems.add("the file is empty", at: nil, help: "`\(ProgramName.current) init` writes one to start from")
    }

    private func read(_ fields: inout NodeFields) -> Pipeline {
        checkVersion(fields.take("version"), in: fields)
        let name = readName(fields.take("name"), in: fields)
        var names = KnownNames()
        names.environment = environment
        let inputs = readInputs(fields.take("inputs"), &names)
        let secrets = readSecrets(fields.take("secrets"), &names)
        let variables = readVariables(fields.take("vars"), &names)
        let policies = PolicyReader(expressions, names)
        let shared = readShared(fields.take("with"))
        let timeout = policies.timeout(fields.take("timeout"))
        let concurrency = policies.concurrency(fields.take("concurrency"))
        let journal = fields.take("journal")
        let keepsJournalLocal = policies.journal(journal)
        let state = policies.state(fields.take("state"))
        let defaults = policies.defaults(fields.take("defaults"))
        let onUnfinished = policies.read(fields.take("on-unfinished"), as: UnfinishedPolicy.self) ?? .recover
        let onFailure = policies.read(fields.take("on-failure"), as: FailurePolicy.self) ?? .rollback
        let lists = (fields.take("steps"), fields.take("finally"))
        if lists.0 == nil {
            problems.add("`steps` is missing", at: fields.mark, help: "add `steps:` and under it `- uses: <kind>`")
        }
        let steps = readSteps(lists.0, lists.1, shared: shared, defaults, names)
        let pipeline = Pipeline(
            name: name, path: "", inputs: inputs, variables: variables, secrets: secrets, timeout: timeout,
            concurrency: concurrency, keepsJournalLocal: keepsJournalLocal, state: state, onUnfinished: onUnfinished,
            onFailure: onFailure,
            steps: steps.steps, finally: steps.finally)
        return pipeline
    }

    /// Every key of a file's top level.
    static let keys = [
        "version", "name", "inputs", "secrets", "vars", "with", "timeout", "concurrency", "journal", "state",
        "defaults", "on-unfinished", "on-failure", "steps", "finally",
    ]

    private static func help(for root: Node) -> String {
        guard case .scalar(let text, plain: true) = root.content, let missing = MissingColon(in: text, among: keys)
        else { return start }
        return "write `\(missing.corrected)`"
    }

    private static let start =
        "begin with `version: 1`, `name: …` and `steps:`; `\(ProgramName.current) init` writes such a file"

    /// The keys of other tools, with what to write here.
    private static let habits = [
        "jobs": "a pipeline is one list of `steps`", "on": "a pipeline file does not say what starts it",
        "env": "variables belong to a step: `env: { NAME: value }`", "stages": "a pipeline is one list of `steps`",
    ]

    private func checkVersion(_ node: Node?, in fields: NodeFields) {
        guard let node else {
            problems.add("`version` is missing", at: fields.mark, help: "add `version: 1` as the first line")
            return
        }
        if case .scalar("1", plain: _) = node.content { return }
        let found = if case .scalar(let text, plain: _) = node.content { "`\(text)`" } else { node.describedKind }
        problems.add(
            "this runner reads version 1 of the pipeline file, not \(found)", at: node.mark, help: "write `version: 1`")
    }

    private func readName(_ node: Node?, in fields: NodeFields) -> String {
        guard let node else {
            problems.add("`name` is missing", at: fields.mark, help: "add `name: …`, what the pipeline is called")
            return ""
        }
        expressions.refuse(node, in: "`name`")
        guard let name = String.read(node, problems) else { return "" }
        if !NameRule.isPipelineName(name), !Template.isOne(name) {
            problems.add(
                "`\(name)` is not a valid name for a pipeline", at: node.mark,
                help: "use letters, digits, spaces, `.`, `_` and `-`, with a letter or digit first")
        }
        return name
    }

    private func readInputs(_ node: Node?, _ names: inout KnownNames) -> [PipelineInput] {
        if let node { expressions.refuse(node, in: "the declaration of an input") }
        let inputs = InputsReader(given: given, environment: environment, problems: problems).read(node)
        names.inputs = Dictionary(inputs.map { ($0.name, $0) }) { first, _ in first }
        names.brokenInputs = Set(inputs.filter { $0.value == .null }.map(\.name))
        return inputs
    }

    private func readSecrets(_ node: Node?, _ names: inout KnownNames) -> [SecretDeclaration] {
        if let node { expressions.refuse(node, in: "the declaration of a secret") }
        let secrets = SecretsReader(environment: environment, problems: problems).read(node)
        names.secrets = secrets.map(\.name)
        return secrets
    }

    private func readVariables(_ node: Node?, _ names: inout KnownNames) -> [PipelineVariable] {
        guard let node else { return [] }
        guard let fields = node.fields else {
            problems.add("`vars` must be a mapping of names to text, not \(node.describedKind)", at: node.mark)
            return []
        }
        var variables: [PipelineVariable] = []
        names.allVars = Set(fields.map(\.key))
        for field in fields where NameRule.check(field, "a variable", problems) {
            guard case .scalar(let text, plain: _) = field.value.content else {
                problems.add(
                    "the variable `\(field.key)` must be text, not \(field.value.describedKind)", at: field.value.mark)
                names.set(.init(value: nil, type: nil, isBroken: true), named: field.key)
                continue
            }
            let before = problems.errorCount
            let value = expressions.resolve(field.value, names, in: .variable)
            let isBroken = problems.errorCount > before
            names.set(known(value, from: text, isBroken: isBroken, names), named: field.key)
            // The value is computed again when the run starts, so that it keeps its own type instead of becoming text.
            let kept = Template.isOne(text) ? Node(.deferred(expression: text, type: nil), at: value.mark) : value
            variables.append(PipelineVariable(name: field.key, value: kept))
        }
        return variables
    }

    private func known(_ node: Node, from text: String, isBroken: Bool, _ names: KnownNames) -> KnownNames.Variable {
        let template = try? Template(text)
        if case .deferred(expression: _, let type) = node.content {
            let isBroken = isBroken || template?.expressions.contains(where: names.isBroken) != false
            return .init(value: nil, type: type, isBroken: isBroken)
        }
        let value = try? template?.value(in: names.scope)
        return .init(
            value: value, type: value?.type, isGiven: template?.expressions.contains(where: names.isGiven) == true)
    }

    private func readShared(_ node: Node?) -> [Node.Field] {
        guard let node else { return [] }
        if node.fields == nil {
            problems.add("`with` must be a mapping of options, not \(node.describedKind)", at: node.mark)
        }
        return node.fields ?? []
    }

    private func readSteps(
        _ steps: Node?, _ finally: Node?, shared: [Node.Field], _ defaults: PolicyReader.Defaults, _ names: KnownNames
    ) -> (steps: [PipelineStep], finally: [PipelineStep]) {
        var reader = StepDraftReader(registry: registry, expressions: expressions)
        var drafts = (
            steps: reader.read(steps, "`steps`", in: .steps), finally: reader.read(finally, "`finally`", in: .finally)
        )
        reader.readRollbacks(of: &drafts.steps)
        let all = drafts.steps + drafts.finally
        reader.checkIDs(of: all)
        var names = names
        names.allSteps = Set(all.flatMap { [$0] + $0.rollbackSteps }.map(\.id))
        names.unread = reader.unread
        let kinds = all.flatMap { [$0] + $0.rollbackSteps }.map(\.kind)
        let sources = OptionSources(shared: shared, kinds: kinds, isWhole: reader.unread == .none)
        sources.reportUnused(problems)
        MissingFollowUp(shared: sources.shared, problems: problems).check(drafts.steps)
        var stepReader = StepReader(expressions: expressions, sources: sources, defaults: defaults, names: names)
        return (stepReader.read(drafts.steps), stepReader.read(drafts.finally))
    }
}
