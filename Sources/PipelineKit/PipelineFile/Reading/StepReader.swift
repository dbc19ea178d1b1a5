/// Reads drafts into steps, in the order of the file: each adds its outputs to the names that later ones can use.
struct StepReader {
    let expressions: ExpressionReader
    let sources: OptionSources
    let defaults: PolicyReader.Defaults
    private(set) var names: KnownNames

    private var problems: ProblemList { expressions.problems }

    init(expressions: ExpressionReader, sources: OptionSources, defaults: PolicyReader.Defaults, names: KnownNames) {
        self.expressions = expressions
        self.sources = sources
        self.defaults = defaults
        self.names = names
    }

    mutating func read(_ drafts: [StepDraft]) -> [PipelineStep] {
        names.laterSteps = [:]
        for draft in drafts {
            for output in draft.kind?.outputs ?? [] { names.laterSteps[output.name, default: []].append(draft.id) }
        }
        return drafts.compactMap { draft in
            for output in draft.kind?.outputs ?? [] { _ = names.laterSteps[output.name]?.popFirst() }
            return read(draft)
        }
    }

    /// - Returns: nil if the step's kind is not known. Everything else of it has been checked.
    private mutating func read(_ draft: StepDraft) -> PipelineStep? {
        names.currentStep = draft.id
        let condition = draft.keys.condition.flatMap { expressions.condition($0, names) }
        let options = readOptions(draft)
        let environment = readEnvironment(draft.keys.environment)
        if draft.position == .steps {
            warnOfStatus(in: condition?.expression, at: draft.keys.condition?.mark)
            let needs = options.needs + environment.flatMap { SkippedOutputs.needs(in: $0.value) }
            SkippedOutputs(problems: problems).check(needs, condition: condition?.expression, names)
        }
        let outputs = draft.kind?.check(options.node, problems)
        warnOfRollback(draft, options.node)
        names.add(
            KnownNames.Step(
                outputs: outputs, kindOutputs: draft.kind?.outputs ?? [], condition: condition?.expression,
                conditionText: condition?.text ?? ""), named: draft.id)
        let policies = PolicyReader(expressions, names)
        let continueOnError = policies.read(draft.keys.continueOnError, as: Bool.self) ?? false
        let insists = readsInsistence(draft, policies)
        let retry = policies.retry(draft.keys.retry, over: defaults.retry)
        let timeout = policies.timeout(draft.keys.timeout)
        let rollback = readRollback(draft, policies)
        guard let kind = draft.kind else { return nil }
        return PipelineStep(
            id: draft.id, kind: kind, mark: draft.mark, options: options.node, environment: environment,
            condition: self.condition(draft, condition?.expression),
            continueOnError: continueOnError, insists: insists, retry: retry,
            timeout: timeout ?? kind.timeout ?? defaults.timeout ?? PipelineStep.standardTimeout, rollback: rollback)
    }

    /// Warns of a status function that has no effect: after a failure no other step of `steps` begins, whatever its
    /// `if` says.
    private func warnOfStatus(in condition: Expression?, at mark: SourceMark?) {
        let calls = (condition?.conjuncts ?? []).compactMap { part -> Expression.Call? in
            if case .call(let call) = part { call } else { nil }
        }
        guard let call = calls.first(where: { $0.function.isStatus && $0.function != .success }) else { return }
        problems.warn(
            "`\(call.function.usage)` never runs this step after a failure: the run is rolled back, and no other "
                + "step begins",
            at: mark, help: "move the step to `finally`, which runs in any case")
    }

    /// Warns of steps that would undo one that changes nothing: they never run.
    private func warnOfRollback(_ draft: StepDraft, _ options: Node) {
        guard draft.position == .steps, let kind = draft.kind, let rollback = draft.keys.rollback,
            rollback["steps"] != nil
        else { return }
        let readsByCommand = kind.bind(options, ProblemList())?.readsByCommand == true
        guard readsByCommand || [.local, .observing].contains(kind.effect) else { return }
        problems.warn(
            "this rollback never runs: \(readsByCommand ? "with `effect: none`" : "a `\(kind.name)`") the step changes nothing",
            at: rollback.mark, help: "remove `rollback`")
    }

    private func condition(_ draft: StepDraft, _ expression: Expression?) -> Condition {
        let position: Condition.Position = draft.position == .steps ? .steps : .always
        guard let expression, let mark = draft.keys.condition?.mark else {
            return position == .steps ? .success : .always
        }
        return Condition(expression, in: position, at: mark)
    }

    private func readOptions(_ draft: StepDraft) -> (node: Node, needs: [SkippedOutputs.Need]) {
        let own = draft.keys.with
        if let own, own.fields == nil {
            problems.add("`with` must be a mapping of options, not \(own.describedKind)", at: own.mark)
        }
        guard let kind = draft.kind else {
            // Names can be checked without knowing what the option takes.
            let node = own.map { expressions.resolve($0, names, in: .value) } ?? Node(.mapping([]), at: draft.mark)
            return (node, SkippedOutputs.needs(in: node))
        }
        let options = sources.options(of: kind, own: own, at: draft.mark, names, problems)
        let literal = Set(kind.options.filter(\.isLiteral).map(\.name))
        let exposed = Set(kind.options.filter(\.isExposed).map(\.name))
        var node = options.node
        node.content = .mapping(
            (node.fields ?? []).map { field in
                var field = field
                if literal.contains(field.key) {
                    refuseExpressions(in: field.value, of: field.key)
                } else {
                    for script in kind.scripts(field) { refuseExpressions(in: script, of: field.key) }
                    if exposed.contains(field.key) { refuseSecrets(in: field) }
                    field.value = expressions.resolve(field.value, names, in: .value)
                }
                return field
            })
        // For an option that may be left out, null means the same, unless another option would have to replace it.
        let wired = options.wires.filter { $0.option.isRequired || $0.option.wiredUnless != nil }.map {
            SkippedOutputs.Need(step: $0.step, what: "`\($0.option.name)`", mark: draft.mark)
        }
        let given = (node.fields ?? []).filter { field in !options.wires.contains { $0.option.name == field.key } }
        return (node, wired + given.flatMap { SkippedOutputs.needs(in: $0.value) })
    }

    private func refuseSecrets(in field: Node.Field) {
        for (reference, mark) in expressions.references(to: "secrets", in: field.value) {
            problems.add(
                "`\(field.key)` has the secret `\(reference.path.dropFirst().joined(separator: "."))`: every user of the "
                    + "machine can see the arguments of a program", at: mark,
                help:
                    "pass it by the step's `env: { NAME: \"${{ \(reference.text) }}\" }`, and let the program read NAME"
            )
        }
    }

    private func refuseExpressions(in node: Node, of option: String) {
        let quiet = ProblemList()
        ExpressionReader(source: expressions.source, problems: quiet, budget: expressions.budget).refuse(
            node, in: "`\(option)`")
        for problem in quiet.problems {
            problems.add(
                "\(problem.message): a tag or a branch name that it gives could be a command", at: problem.mark,
                help: "pass the value by the step's `env: { NAME: … }`, and use \"$NAME\" here")
        }
    }

    /// Reads `on-failure`; `rollback` is the only value that it has for a step.
    private func readsInsistence(_ draft: StepDraft, _ policies: PolicyReader) -> Bool {
        guard let node = draft.keys.onFailure else { return false }
        guard draft.position == .steps else {
            problems.add(
                "no failure of this step is rolled back: it is in \(draft.position == .finally ? "`finally`" : "a rollback")",
                at: node.mark, help: "remove `on-failure` here")
            return false
        }
        return policies.read(node, as: StepFailurePolicy.self) != nil
    }

    enum StepFailurePolicy: String, OptionChoice {
        case rollback
    }

    private func readEnvironment(_ node: Node?) -> [(name: String, value: Node)] {
        guard let node else { return [] }
        guard let fields = node.fields else {
            problems.add("`env` must be a mapping of names to text, not \(node.describedKind)", at: node.mark)
            return []
        }
        return fields.map { field in
            if !NameRule.isVariable(field.key) {
                problems.add(
                    "`\(field.key)` is not a valid name for an environment variable", at: field.keyMark,
                    help: "use letters, digits and `_`, with no digit first")
            }
            switch field.value.content {
            case .sequence, .mapping:
                problems.add(
                    "the variable `\(field.key)` must be text, not \(field.value.describedKind)", at: field.value.mark)
            default: break
            }
            return (field.key, expressions.resolve(field.value, names, in: .value))
        }
    }

    /// Reads `rollback`: `true`, `false`, or a mapping with `timeout` and `steps`.
    private func readRollback(_ draft: StepDraft, _ policies: PolicyReader) -> RollbackPolicy {
        let problems = expressions.problems
        let standard = draft.kind?.rollbackTimeout ?? PipelineStep.standardTimeout
        guard let node = draft.keys.rollback else { return .own(timeout: standard) }
        if draft.position != .steps {
            problems.add(
                draft.position == .finally
                    ? "steps of `finally` are not rolled back" : "a rollback is not rolled back itself",
                at: node.mark, help: "remove `rollback` here")
            return .off
        }
        if case .scalar = node.content {
            return policies.read(node, as: Bool.self) == false ? .off : .own(timeout: standard)
        }
        guard var fields = NodeFields(node, "`rollback`", known: ["timeout", "steps"], problems) else {
            return .own(timeout: standard)
        }
        let timeout = policies.timeout(fields.take("timeout")) ?? standard
        let hasSteps = fields.take("steps") != nil
        guard hasSteps else { return .own(timeout: timeout) }
        // They see the earlier steps and the one that they undo; its outputs are null if it was interrupted.
        var reader = StepReader(expressions: expressions, sources: sources, defaults: defaults, names: names)
        return .steps(reader.read(draft.rollbackSteps), timeout: timeout)
    }
}
