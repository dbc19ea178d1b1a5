internal import PipelineKit
internal import SystemPackage

/// The pipeline that makes another release live, made from the deploy that is live: with its store, its pointer, its
/// overlap, and what its `smoke` steps look at.
struct RollbackPipeline {
    /// A pipeline file like any other.
    let text: String
    /// What of the deploy could not be taken over, a sentence each.
    let notes: [String]

    /// - Parameters:
    ///   - selection: a version, or `previous`.
    ///   - found: the deploy.
    /// - Throws: `RollbackRefusal` where this runner lacks a kind that is needed; `ExpressionError`.
    init(to selection: String, from found: DeployReader.Found, registry: StepRegistry) throws {
        var maker = Maker(selection: selection, found: found, registry: registry)
        let pipeline = try maker.pipeline()
        text =
            "# Made by `runner rollback --to` from the deploy of run \(found.entry.id).\n"
            + PipelineExplanation(pipeline).text + "\n"
        notes = maker.notes
    }

    static let target = "target"
}

private struct Maker {
    let selection: String
    let found: DeployReader.Found
    let registry: StepRegistry
    var notes: [String] = []
    /// What the expressions that stay as they are need of the file.
    private var inputs: Set<String> = []
    private var variables: Set<String> = []
    private var secrets: Set<String> = []

    init(selection: String, found: DeployReader.Found, registry: StepRegistry) {
        self.selection = selection
        self.found = found
        self.registry = registry
    }

    mutating func pipeline() throws -> Pipeline {
        var steps: [PipelineStep] = []
        var record: PipelineStep?
        for (index, made) in found.deploy.switches.enumerated() {
            guard let step = found.pipeline.steps.first(where: { $0.id == made.step }) else { continue }
            let end = index == 0 ? "" : "-\(index + 1)"
            let target = RollbackPipeline.target + end
            var options = try settled(step.options).fields ?? []
            options.removeAll {
                ["version", "commit", "committed-at", "wait", "allow-older", "origin"].contains($0.key)
            }
            if let origin = made.site.origin { options.append(Self.field("origin", origin)) }
            let place = options.filter { ["store", "distribution", "origin", "current"].contains($0.key) }
            steps.append(try self.step("release", target, place + [Self.field("select", selection)]))
            let version = Self.field("version", "${{ steps.\(target).outputs.version }}")
            steps.append(
                try self.step(
                    step.kind.name, "switch" + end, options + [version, Self.field("allow-older", "true")],
                    like: step))
            if let distribution = options.first(where: { $0.key == "distribution" }) {
                steps.append(try invalidate("caches" + end, distribution, like: step))
            }
            let store = place.filter { $0.key == "store" }
            record =
                try record
                ?? self.step("log", "record", store + [version, Self.field("message", "back to \(selection)")])
        }
        steps += try checks()
        record?.condition = .always
        // By the order of the file: a variable may need others.
        for variable in found.pipeline.variables.reversed() where variables.contains(variable.name) {
            note(variable.value.paths)
        }
        return Pipeline(
            name: name, path: found.pipeline.path, inputs: found.pipeline.inputs.filter { inputs.contains($0.name) },
            variables: found.pipeline.variables.filter { variables.contains($0.name) },
            secrets: found.pipeline.secrets.filter { secrets.contains($0.name) },
            concurrency: found.pipeline.concurrency, keepsJournalLocal: found.pipeline.keepsJournalLocal, steps: steps,
            finally: record.map { [$0] } ?? [])
    }

    /// A way back that is taken from a way back needs no longer name.
    private var name: String {
        let name = found.pipeline.name
        return found.deploy.isOwnFile ? name : name.prefix(90) + " rollback"
    }

    // MARK: Steps

    /// - Parameter model: whose policy it has; that of its kind where there is none.
    private func step(
        _ name: String, _ id: String, _ options: [Node.Field], like model: PipelineStep? = nil
    ) throws -> PipelineStep {
        guard let kind = registry[name] else { throw RollbackRefusal.noKind(name) }
        let budget =
            switch model?.rollback {
            case .own(let timeout), .steps(_, let timeout): timeout
            case .off, nil: kind.rollbackTimeout ?? PipelineStep.standardTimeout
            }
        return PipelineStep(
            id: id, kind: kind, options: Node(.mapping(options), at: Self.mark),
            continueOnError: model?.continueOnError ?? false, retry: model?.retry ?? RetryPolicy(),
            timeout: model?.timeout ?? kind.timeout ?? PipelineStep.standardTimeout,
            rollback: .own(timeout: budget))
    }

    /// Of the paths that the deploy dropped behind its switch.
    private mutating func invalidate(
        _ id: String, _ distribution: Node.Field, like switching: PipelineStep
    ) throws -> PipelineStep {
        let later = found.pipeline.steps.drop { $0.id != switching.id }
        let model = later.first {
            $0.kind.name == "invalidate" && $0.options["distribution"] == switching.options["distribution"]
        }
        let paths = try model.map { try settled($0.options).fields?.filter { $0.key == "paths" } ?? [] } ?? []
        return try step("invalidate", id, [distribution] + paths, like: model)
    }

    /// The `smoke` steps behind the switch, as far as what they look for is known of another release.
    private mutating func checks() throws -> [PipelineStep] {
        let steps = found.pipeline.steps.drop { $0.id != found.deploy.switches.first?.step }
        let scope = try scopeOfTarget()
        var checks: [PipelineStep] = []
        for step in steps where step.kind.name == "smoke" && takesPart(step) {
            do throws(UnknownOfTarget) {
                let options = try rewritten(step.options, in: scope)
                let id = checks.isEmpty ? "look" : "look-\(checks.count + 1)"
                if let check = try? self.step("smoke", id, options.fields ?? [], like: step) { checks.append(check) }
            } catch {
                notes.append(
                    "the step `\(step.id)` is left out: what it checks depends on `\(error.path)`, which is known of the "
                        + "live release alone")
            }
        }
        if checks.isEmpty {
            notes.append("the deploy has no `smoke` step that fits, so nothing checks what visitors get")
        }
        return checks
    }

    private func takesPart(_ step: PipelineStep) -> Bool {
        if let record = found.entry.history.finished[step.id] { return record.outcome != .skipped }
        return (try? step.condition.evaluate(in: found.scope)) ?? true
    }

    // MARK: Expressions

    /// A value that only the live release has.
    private struct UnknownOfTarget: Error {
        var path: String
    }

    /// Options that say where to look, and not what has to be there.
    private static let places: Set<String> = ["url", "resolve", "request-headers"]
    /// Stand for the version and the commit of the release to come while expressions are computed.
    private static let (version, commit) = ("\u{F0000}", "\u{F0001}")

    private func isVersion(_ value: Value) -> Bool {
        guard case .text(let text) = value else { return false }
        return found.deploy.switches.contains { $0.version == text }
    }

    /// With the deploy's version replaced where it is a word of the text. One that could be any number has to be the whole.
    private func retargeted(_ text: String) -> String {
        for version in found.deploy.switches.compactMap(\.version) {
            if text == version { return Self.version }
            guard version.contains(where: \.isLetter) else { continue }
            let parts = text.split(separator: version, omittingEmptySubsequences: false)
            guard let first = parts.first, parts.count > 1 else { continue }
            return parts.dropFirst().reduce(String(first)) { whole, part in
                let isWord = whole.last.map(Self.isPartOfWord) != true && part.first.map(Self.isPartOfWord) != true
                return whole + (isWord ? Self.version : version) + part
            }
        }
        return text
    }

    private static func isPartOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }

    /// The deploy's own scope, in which its version and commit are those of the release to come.
    private func scopeOfTarget() throws -> Scope {
        var pipeline = found.pipeline
        for index in pipeline.inputs.indices where isVersion(pipeline.inputs[index].value) {
            pipeline.inputs[index].value = .text(Self.version)
        }
        var scope = try pipeline.scope(
            runID: found.entry.id, secrets: [:], environment: found.scope.environment)
        scope.steps = found.scope.steps.mapValues { result in
            var result = result
            for (name, value) in result.outputs {
                if isVersion(value) { result.outputs[name] = .text(Self.version) }
                if name == "commit" { result.outputs[name] = .text(Self.commit) }
            }
            return result
        }
        return scope
    }

    private mutating func rewritten(
        _ node: Node, in scope: Scope, isPlace: Bool = false
    ) throws(UnknownOfTarget) -> Node {
        switch node.content {
        case .null: return node
        // Inputs were put in when the file was read.
        case .scalar(let text, plain: let plain):
            return finished(
                Node(.scalar(plain && Double(text) != nil ? text : retargeted(text), plain: plain), at: node.mark))
        case .sequence(let nodes):
            var list: [Node] = []
            for node in nodes { list.append(try rewritten(node, in: scope, isPlace: isPlace)) }
            return Node(.sequence(list), at: node.mark)
        case .mapping(let fields):
            var mapping: [Node.Field] = []
            for var field in fields {
                field.value = try rewritten(field.value, in: scope, isPlace: isPlace || Self.places.contains(field.key))
                mapping.append(field)
            }
            return Node(.mapping(mapping), at: node.mark)
        case .deferred:
            let paths = node.paths
            let hasSecret = paths.contains(where: isSecret)
            for path in paths where !isKnown(path, in: scope, isPlace: isPlace, isKept: hasSecret) {
                throw UnknownOfTarget(path: path.joined(separator: "."))
            }
            if hasSecret {
                note(paths)
                return node
            }
            guard let expanded = try? node.expanded(in: scope) else {
                throw UnknownOfTarget(path: paths.first?.joined(separator: ".") ?? "")
            }
            return finished(expanded)
        }
    }

    /// Whether a path says the same of the release to come, or something that has its counterpart there.
    ///
    /// - Parameter isKept: whether the expression stays as it is, for its secret must not stand in a file.
    private func isKnown(_ path: [String], in scope: Scope, isPlace: Bool, isKept: Bool) -> Bool {
        switch path.first {
        case "steps":
            if isKept { return false }
            guard path.count == 4, let value = scope.steps[path[1]]?.outputs[path[3]] else { return isPlace }
            return isPlace || value == .text(Self.version) || value == .text(Self.commit)
        case "inputs": return !isKept || !(found.scope.inputs[path[1]].map(isVersion) ?? false)
        case "vars": return !isKept || !(found.scope.vars[path[1]].map(isVersion) ?? false)
        default: return true
        }
    }

    private func isSecret(_ path: [String]) -> Bool { path.first == "secrets" }

    /// The options as the deploy had them; what has a secret in it stays an expression.
    private mutating func settled(_ node: Node) throws -> Node {
        switch node.content {
        case .null: return node
        case .scalar: return finished(node)
        case .sequence(let nodes): return Node(.sequence(try nodes.map { try settled($0) }), at: node.mark)
        case .mapping(let fields):
            var mapping: [Node.Field] = []
            for var field in fields {
                field.value = try settled(field.value)
                if field.value.content != .null { mapping.append(field) }
            }
            return Node(.mapping(mapping), at: node.mark)
        case .deferred:
            let paths = node.paths
            guard paths.contains(where: isSecret) else { return finished(try node.expanded(in: found.scope)) }
            note(paths)
            return node
        }
    }

    private mutating func note(_ paths: [[String]]) {
        for path in paths where path.count >= 2 {
            switch path[0] {
            case "inputs": inputs.insert(path[1])
            case "vars": variables.insert(path[1])
            case "secrets": secrets.insert(path[1])
            default: break
            }
        }
    }

    /// What expressions have become is no expression again, but for the version and the commit of the release to come.
    private func finished(_ node: Node) -> Node {
        switch node.content {
        case .scalar(let text, plain: _):
            let safe = Self.literal(text)
            let target = "steps.\(RollbackPipeline.target).outputs"
            let whole = safe.replacing(Self.version, with: "${{ \(target).version }}")
                .replacing(Self.commit, with: "${{ \(target).commit }}")
            return whole == text ? node : Node(.deferred(expression: whole, type: nil), at: node.mark)
        case .sequence(let nodes): return Node(.sequence(nodes.map(finished)), at: node.mark)
        case .mapping(let fields):
            return Node(
                .mapping(fields.map { Node.Field(key: $0.key, keyMark: $0.keyMark, value: finished($0.value)) }),
                at: node.mark)
        case .deferred, .null: return node
        }
    }

    private static func literal(_ text: String) -> String { text.replacing("${{", with: "${{ '${{' }}") }

    private static let mark = SourceMark(line: 1, column: 1)

    private static func field(_ name: String, _ text: String) -> Node.Field {
        let isExpression = text.hasPrefix("${{")
        return Node.Field(
            key: name, keyMark: mark,
            value: Node(
                isExpression ? .deferred(expression: text, type: nil) : .scalar(text, plain: text == "true"), at: mark))
    }
}
