internal import FoundationEssentials

/// A step of any kind with its options decoded: what the engine calls.
struct BoundStep: Sendable {
    enum Prepared: Sendable {
        /// `before` is JSON; `plannedOutputs` are the outputs that are known already.
        case change(before: [UInt8], ChangeList, plannedOutputs: [String: Value])
        case already([String: Value])
    }

    let effect: Effect
    let ifUnfinished: String?
    /// Whether `prepare` does anything.
    let looksFirst: Bool
    let resources: [Resource]
    let prepare: @Sendable (StepContext) async throws -> Prepared
    private(set) var run: @Sendable (_ before: [UInt8], StepContext) async throws -> [String: Value]
    private(set) var rollback: @Sendable (_ before: [UInt8], StepContext) async throws -> Void

    /// - Parameter options: with every expression replaced by its value.
    /// - Throws: `BadOptions`, or what the kind says of options that do not go together.
    init(_ type: any Step.Type, options: Node, stepID: String, project: Project) throws {
        self = try Self.open(type, options, stepID, project)
    }

    private static func open<S: Step>(
        _ type: S.Type, _ node: Node, _ stepID: String, _ project: Project
    ) throws -> BoundStep {
        let problems = ProblemList()
        guard let options = S.Options.read(node, problems), problems.errors.isEmpty else {
            throw BadOptions(step: stepID, problems: problems.sorted)
        }
        return BoundStep(try S(options), resources: S.resources(of: options, in: project))
    }

    private init<S: Step>(_ step: S, resources: [Resource]) {
        effect = step.effect
        ifUnfinished = step.ifUnfinished
        looksFirst = S.looksFirst
        self.resources = resources
        prepare = { context in
            switch try await step.prepare(in: context) {
            case .already(let output): .already(output.values)
            case .change(let before, let changes):
                .change(before: try Self.encode(before), changes, plannedOutputs: step.plannedOutputs(from: before))
            }
        }
        run = { try await step.run(from: Self.decode(S.Before.self, from: $0), in: $1).values }
        rollback = { try await step.rollback(to: Self.decode(S.Before.self, from: $0), in: $1) }
    }

    /// The same step, which changes its resources only once it has asked for each.
    func asking(_ admit: @escaping @Sendable (Resource, StepContext) async throws -> Void) -> BoundStep {
        var step = self
        step.run = { before, context in
            for resource in resources { try await admit(resource, context) }
            return try await run(before, context)
        }
        step.rollback = { before, context in
            for resource in resources { try await admit(resource, context) }
            try await rollback(before, context)
        }
        return step
    }

    /// The state from before, of a step that has none.
    static let nothing = Array("{}".utf8)

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    private static func decode<Before: Decodable>(_ type: Before.Type, from bytes: [UInt8]) throws -> Before {
        if bytes == nothing, let nothing = Nothing() as? Before { return nothing }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StepError(
                "journal-unreadable", "the journal's state from before the step is of another form: \(error)",
                help: "use the runner version that wrote the run; the first record of its journal names it")
        }
    }
}

/// Options that turned out to be wrong only when their expressions had values.
public struct BadOptions: DescribedError {
    public var step: String
    public var problems: [Problem]

    public var code: String { "bad-options" }
    public var message: String {
        let listed = problems.map { problem in
            problem.message + (problem.mark.map { " (line \($0.line))" } ?? "")
        }
        return "the options of step `\(step)` are wrong: " + listed.joined(separator: "; ")
    }
    public var help: String? { problems.compactMap(\.help).first }
}
