public import PipelineKit

/// A step that does what its options say, call by call.
///
/// Its `run` sets the world's value of its id to `new` and then plays its script; its rollback plays its script and then
/// restores the value. Each word of a script is for one call; calls beyond the last are `ok`:
///
/// - `ok`; `already` (in `prepare`)
/// - `fail`, `fail network`, `fail throttle 5s`: fails, with a class and a retry-after
/// - `settle fail network`: waits until every time limit is set, and then fails
/// - `hang`: sleeps beyond its time limit; `deaf`: does so, and then ends well although it was cancelled
/// - `interrupt`, `terminate`, `leave` (the caller's task is cancelled): asks for the cancel and obeys it at once
/// - `signal`: as `interrupt`, but asks as a signal does, and continues when the request is in the journal
/// - `restore`: as `signal`, and continues when something has been restored at once
/// - `lose`: throws `NotUndoable` (in `rollback`)
/// - `interrupt deaf`, `interrupt fail`: ends well, or with an error of its own, although it was cancelled
public struct ScriptedStep: Step {
    public static let kind = StepKind("scripted", "does what its options say")

    public struct Options: StepOptions {
        @Option("what it does to the world") var effect = "reversible"
        @Option("the calls of preflight; none where there is nothing to look at") var preflight: [String] = []
        @Option("the calls of prepare") var prepare: [String] = []
        @Option("the calls of run") var run: [String] = []
        @Option("the calls of rollback") var rollback: [String] = []
        @Option("the calls of its restoration at once; none if there is no such part of its rollback") var atOnce:
            [String] = []
        @Option("what its lease is for") var resource: String?
        @Option("what it says") var text = ""
        @Option("what holds while it is not done, if the run may go on without it") var ifUnfinished: String?

        public init() {}
    }

    public struct Before: Codable, Sendable {
        var value: String?
    }

    public struct Output: StepOutputs {
        @Provided("the value that it left") var value = ""

        public init() {}
    }

    private let options: Options

    public init(_ options: Options) throws {
        self.options = options
    }

    /// Tests give its descriptor other ones; `effect` of the options is the same as that.
    public static var effect: Effect { .reversible }
    public var ifUnfinished: String? { options.ifUnfinished }

    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
        (options.$resource ?? nil).map { [Resource(url: $0)] } ?? []
    }

    public static func preflight(_ options: KnownOptions<Options>) -> Preflight? {
        guard let script = options.$preflight, !script.isEmpty, let text = options.$text else { return nil }
        return { context in try await play(script, "preflight", saying: text, in: context) }
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let world = try world(context)
        let before = world[context.stepID]
        if try await play(options.prepare, "prepare", in: context) == "already" { return .already(Output()) }
        let changes: ChangeList = isChanging ? [Change(.replace, context.stepID)] : []
        return .change(from: Before(value: before), changes)
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        if isChanging { try world(context)[context.stepID] = "new" }
        try await play(options.run, "run(\(before.value ?? "nothing"))", in: context)
        var output = Output()
        output.value = options.text
        return output
    }

    public func rollback(to before: Before, in context: StepContext) async throws {
        try await play(options.rollback, "rollback(\(before.value ?? "nothing"))", in: context)
        try world(context)[context.stepID] = before.value
    }

    public func restoreAtOnce(to before: Before) -> (@Sendable (StepContext) async throws -> String?)? {
        if options.atOnce.isEmpty { return nil }
        return { context in
            try await play(options.atOnce, "at-once(\(before.value ?? "nothing"))", in: context)
            try world(context)[context.stepID] = before.value
            return "\(context.stepID) is \(before.value ?? "nothing") again"
        }
    }

    private var isChanging: Bool { ![Effect.local.rawValue, Effect.observing.rawValue].contains(options.effect) }

    private func world(_ context: StepContext) throws -> World { try Self.world(context) }

    private static func world(_ context: StepContext) throws -> World {
        guard let world = context[WorldKey.self] else { throw StepError("no-world", "the context has no world") }
        return world
    }

    @discardableResult
    private func play(_ script: [String], _ call: String, in context: StepContext) async throws -> String {
        try await Self.play(script, call, saying: options.text, in: context)
    }

    /// - Parameter text: the message of its failures.
    @discardableResult
    private static func play(
        _ script: [String], _ call: String, saying text: String, in context: StepContext
    ) async throws -> String {
        let world = try world(context)
        world.recorder.note("\(context.stepID).\(call)")
        world.noteReports(context.run.steps)
        world.noteKey(context.idempotencyKey, of: context.stepID)
        let number = world.nextTry(of: "\(context.stepID).\(call.prefix { $0 != "(" })")
        var words = (number < script.count ? script[number] : "ok").split(separator: " ").map(String.init)
        if words[0] == "settle" {
            await world.clock.settle(limits: world.limits)
            words.removeFirst()
        }
        switch words[0] {
        case "fail": throw failure(words, text)
        case "lose": throw NotUndoable("it is gone")
        case "hang": try await world.clock.hang(limits: world.limits)
        case "deaf": try? await world.clock.hang(limits: world.limits)
        case "interrupt": world.cancellation.request(.interrupted)
        case "terminate": world.cancellation.request(.terminated)
        case "leave": await world.cancelCaller()
        case "signal": await world.cancellation.requestDurably(.interrupted)
        case "restore": await restoration(world)
        default: return words[0]
        }
        if words.last == "fail" { throw failure(["fail"], text) }
        if words.last != "deaf" { try Task.checkCancellation() }
        return words[0]
    }

    private static func restoration(_ world: World) async {
        await withCheckedContinuation { continuation in
            // Not in this task, which the request cancels.
            Task {
                await world.cancellation.requestDurably(.interrupted) { sentence in
                    world.recorder.note("told: \(sentence)")
                    continuation.resume()
                }
            }
        }
    }

    private static func failure(_ words: [String], _ text: String) -> StepError {
        StepError(
            "scripted", text.isEmpty ? "it was told to fail" : text,
            retry: words.count > 1 ? RetryClass(rawValue: words[1]) ?? .failure : .failure,
            after: words.count > 2 ? Duration(text: words[2]) : nil)
    }
}
