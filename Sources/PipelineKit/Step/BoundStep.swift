internal import FoundationEssentials

/// A step of any kind with all its options known: what the engine calls. What `Step` says of its functions applies here.
public struct BoundStep: Sendable {
    /// What looking has found.
    public enum Prepared: Sendable {
        /// There is something to do; `plannedOutputs` are the outputs that are known already.
        case change(before: StateBefore, ChangeList, plannedOutputs: [String: Value] = [:])
        /// There is nothing to do.
        case already(CompletedStep)
    }

    /// What visitors get while the step is not done; nil if the run must not continue without it.
    public var ifUnfinished: String?
    /// Looks, and changes nothing; nil if there is nothing to look at.
    public var prepare: (@Sendable (StepContext) async throws -> Prepared)?
    public var run: @Sendable (_ before: StateBefore, StepContext) async throws -> CompletedStep
    public var rollback: @Sendable (_ before: StateBefore, StepContext) async throws -> Void
    /// The part of the rollback that visitors notice; nil if there is none. See `Step.restoreAtOnce(to:)`.
    public var restoreAtOnce: (@Sendable (_ before: StateBefore) throws -> RestoreAtOnce?)?
    /// Notes that the run has gone forward to its end; nil if there is nothing to note.
    public var conclude: (@Sendable (_ before: StateBefore, StepContext) async throws -> Void)?
    /// What it changes; the engine has asked its kind.
    private(set) var resources: [Resource] = []
    /// What it does to the world: as its kind says, or less with its options.
    private(set) var effect = Effect.irreversible
    /// True if it runs a command of the user's that only reads.
    private(set) var readsByCommand = false

    /// Returns a sentence about what it has restored, or nil if there was nothing to do.
    public typealias RestoreAtOnce = @Sendable (StepContext) async throws -> String?

    public init(
        ifUnfinished: String? = nil, prepare: (@Sendable (StepContext) async throws -> Prepared)? = nil,
        run: @escaping @Sendable (_ before: StateBefore, StepContext) async throws -> CompletedStep,
        rollback: @escaping @Sendable (_ before: StateBefore, StepContext) async throws -> Void = { _, _ in },
        restoreAtOnce: (@Sendable (_ before: StateBefore) throws -> RestoreAtOnce?)? = nil,
        conclude: (@Sendable (_ before: StateBefore, StepContext) async throws -> Void)? = nil
    ) {
        self.ifUnfinished = ifUnfinished
        self.prepare = prepare
        self.run = run
        self.rollback = rollback
        self.restoreAtOnce = restoreAtOnce
        self.conclude = conclude
    }

    init<Kind: Step>(
        _ step: Kind, conclude: (@Sendable (_ before: StateBefore, StepContext) async throws -> Void)? = nil
    ) {
        self.init(
            ifUnfinished: step.ifUnfinished,
            prepare: { context in
                switch try await step.prepare(in: context) {
                case .already(let output): .already(CompletedStep(output, of: step))
                case .change(let before, let changes):
                    .change(
                        before: try StateBefore(before), changes, plannedOutputs: step.plannedOutputs(from: before))
                }
            },
            run: { CompletedStep(try await step.run(from: $0.decoded(), in: $1), of: step) },
            rollback: { try await step.rollback(to: $0.decoded(), in: $1) },
            restoreAtOnce: { try step.restoreAtOnce(to: $0.decoded()) }, conclude: conclude)
    }

    /// Opens a step.
    ///
    /// - Parameter options: the options with every expression replaced by its value.
    /// - Throws: `BadOptions`, or the kind's error for options that do not go together.
    init(_ kind: KindDescriptor, options: Node, stepID: String, project: Project) throws {
        let problems = ProblemList()
        guard let bound = kind.bind(options, problems) else {
            throw BadOptions(step: stepID, problems: problems.sorted)
        }
        self = try bound.open()
        resources = bound.resources(project)
        readsByCommand = bound.readsByCommand
        effect = readsByCommand ? .observing : kind.effect
    }

    /// Looks, if the kind does.
    func look(in context: StepContext) async throws -> Prepared {
        try await prepare?(context) ?? .change(before: .nothing, [])
    }

    /// Returns the same step, but it calls `admit` for each of its resources before it changes them.
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
        if let conclude {
            step.conclude = { before, context in
                for resource in resources { try await admit(resource, context) }
                try await conclude(before, context)
            }
        }
        return step
    }
}

/// What a step that is done leaves to later ones, and to those who read how the run went.
public struct CompletedStep: Sendable {
    /// The outputs by name.
    public var outputs: [String: Value]
    /// One sentence, without a full stop, that says what the step has achieved.
    public var summary: String?

    public init(outputs: [String: Value] = [:], summary: String? = nil) {
        self.outputs = outputs
        self.summary = summary
    }

    init<Kind: KindDeclaration>(_ output: Kind.Output, of step: Kind) {
        self.init(outputs: output.values, summary: step.summary(of: output))
    }
}

/// The state from before a change, as a journal keeps it: one line of JSON.
public struct StateBefore: Hashable, Sendable {
    let json: [UInt8]

    public init(_ state: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        json = Array(try encoder.encode(state))
    }

    /// - Parameter json: what `json` of a state gave.
    init(json: [UInt8]) {
        self.json = json
    }

    /// The state of a step that needs none.
    public static let nothing = StateBefore(json: Array("{}".utf8))

    /// - Throws: `StepError` `journal-unreadable` if the state is of another type.
    public func decoded<State: Decodable>(as type: State.Type = State.self) throws -> State {
        if self == .nothing, let nothing = Nothing() as? State { return nothing }
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw StepError(
                "journal-unreadable", "the journal's state from before the step has another form: \(error)",
                help: "use the runner version that wrote the run; the first record of its journal names it")
        }
    }
}

/// Options that turned out to be wrong once their expressions had values.
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
