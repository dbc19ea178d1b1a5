internal import PipelineKit
internal import SystemPackage

/// The pipeline that makes another release live, made from the deploy that is live: with its store, its pointer, its
/// overlap, and what its `smoke` steps look at.
struct RollbackPipeline {
    /// A pipeline file like any other.
    let text: String
    /// A sentence for each part of the deploy that could not be taken over.
    let notes: [String]

    /// - Parameters:
    ///   - selection: a version, or `previous`.
    ///   - found: the deploy.
    /// - Throws: `RollbackRefusal` if this runner lacks a kind that is needed; `ExpressionError`.
    init(to selection: String, from found: DeployReader.Found, registry: StepRegistry) throws {
        var maker = Maker(selection: selection, found: found, registry: registry)
        let pipeline = try maker.pipeline()
        text =
            "# Made by `\(ProgramName.current) rollback --to` from the deploy of run \(found.entry.id).\n"
            + PipelineExplanation(pipeline).text + "\n"
        notes = maker.notes
    }

    /// The step that finds the release, whose outputs the others use.
    static let target = "target"
}

private struct Maker {
    let selection: String
    let found: DeployReader.Found
    let registry: StepRegistry
    var values: RollbackValues
    var notes: [String] = []

    init(selection: String, found: DeployReader.Found, registry: StepRegistry) {
        self.selection = selection
        self.found = found
        self.registry = registry
        values = RollbackValues(of: found)
    }

    mutating func pipeline() throws -> Pipeline {
        var steps: [PipelineStep] = []
        var record: PipelineStep?
        for (index, made) in found.deploy.switches.enumerated() {
            guard let step = found.pipeline.steps.first(where: { $0.id == made.step }) else { continue }
            let end = index == 0 ? "" : "-\(index + 1)"
            let target = RollbackPipeline.target + end
            var options = try values.resolved(step.options).fields ?? []
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
        // In reverse: a variable may need those before it.
        for variable in found.pipeline.variables.reversed() where values.variables.contains(variable.name) {
            values.need(variable.value.paths)
        }
        return Pipeline(
            name: name, path: found.pipeline.path,
            inputs: found.pipeline.inputs.filter { values.inputs.contains($0.name) },
            variables: found.pipeline.variables.filter { values.variables.contains($0.name) },
            secrets: found.pipeline.secrets.filter { values.secrets.contains($0.name) },
            concurrency: found.pipeline.concurrency, keepsJournalLocal: found.pipeline.keepsJournalLocal,
            state: found.pipeline.state, onUnfinished: found.pipeline.onUnfinished, steps: steps,
            finally: record.map { [$0] } ?? [])
    }

    /// A way back that is made from a way back keeps its name.
    private var name: String {
        let name = found.pipeline.name
        return found.deploy.isOwnFile ? name : name.prefix(90) + " rollback"
    }

    /// - Parameter model: whose policy it has; if there is none, that of its kind.
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

    /// Drops the paths that the deploy dropped after its switch.
    private mutating func invalidate(
        _ id: String, _ distribution: Node.Field, like switching: PipelineStep
    ) throws -> PipelineStep {
        let later = found.pipeline.steps.drop { $0.id != switching.id }
        let model = later.first {
            $0.kind.name == "invalidate" && $0.options["distribution"] == switching.options["distribution"]
        }
        let paths = try model.map { try values.resolved($0.options).fields?.filter { $0.key == "paths" } ?? [] } ?? []
        return try step("invalidate", id, [distribution] + paths, like: model)
    }

    /// The `smoke` steps after the switch, if what they look for is known of the other release as well.
    private mutating func checks() throws -> [PipelineStep] {
        let steps = found.pipeline.steps.drop { $0.id != found.deploy.switches.first?.step }
        let scope = try values.scopeOfTarget()
        var checks: [PipelineStep] = []
        for step in steps where step.kind.name == "smoke" && takesPart(step) {
            do throws(RollbackValues.UnknownOfTarget) {
                let options = try values.retargeted(step.options, in: scope)
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

    private static let mark = SourceMark(line: 1, column: 1)

    private static func field(_ name: String, _ text: String) -> Node.Field {
        let isExpression = text.hasPrefix("${{")
        return Node.Field(
            key: name, keyMark: mark,
            value: Node(
                isExpression ? .deferred(expression: text, type: nil) : .scalar(text, plain: text == "true"), at: mark))
    }
}
