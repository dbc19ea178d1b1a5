public import PipelineKit
internal import SystemPackage

/// One run of the engine in which every effect is a fake and everything that happens is noted in one sequence.
public struct TestRun: Sendable {
    public var pipeline: Pipeline
    public var secrets: [String: String] = [:]
    public var faults: [Int: RecordingJournalFile.Fault] = [:]
    /// What the world is like at first.
    public var world: [String: String] = [:]
    public var storage = MemoryStorage()
    /// How many tries for a lease fail, by URL.
    public var held: [String: Int] = [:]
    /// For how many tries nobody can be asked for a lease, by URL.
    public var unreachable: [String: Int] = [:]
    /// True for leases that tell one holding from the next.
    public var tellsHoldings = false
    /// Finishes dead runs before the first step of a new run; nil if there are none. What it does is noted.
    public var settle: (@Sendable () throws -> Void)?
    /// What the random source always gives.
    public var random = 0.5
    /// Resources of which nobody can tell whether this runner may change them, and how often.
    public var silent: [String: Int] = [:]
    /// Resources that only a newer runner may change.
    public var newer: Set<String> = []
    /// True if the first try for a lease that another run holds interrupts the run.
    public var interruptsAtLease = false
    public var processes: any ProcessRunner = NoProcesses()
    public var leftPrograms = LeftProgramsPolicy.awaited
    /// Keeps the journal's copy; nil if the journal is only in the file.
    public var journals: FakeJournals?
    /// How many records it has already.
    public var kept = 0
    /// Steps whose outputs and errors others may read.
    public var openSteps: Set<String> = []
    /// True if the run's machine is gone.
    public var isElsewhere = false
    public var id = "run-1"

    public init(_ steps: [PipelineStep], finally: [PipelineStep] = []) {
        pipeline = Pipeline(
            name: "test", path: "/nowhere/test.yml", concurrency: .lease(wait: .seconds(5)), steps: steps,
            finally: finally)
    }

    /// What happened in a run, and what it left.
    public struct Trace: Sendable {
        public var lines: [String]
        public var result: RunResult
        public var world: [String: String]
        /// The idempotency keys that each step was called with.
        public var keys: [String: Set<String>]
        /// What steps saw of those before them.
        public var reports: [String]
        public var sleeps: [Duration]
        public var journal: [UInt8]
        /// The durable records, each with the world at that moment.
        public var moments: [Moment]
    }

    public struct Moment: Sendable {
        public var record: JournalRecord
        public var world: [String: String]
    }

    public func callAsFunction(
        history: [JournalRecord] = [], intent: Engine.Intent = .forward
    ) async -> Trace {
        let recorder = Recorder()
        let clock = TestClock()
        let cancellation = Cancellation()
        let world = World(
            world, recorder: recorder, clock: clock, cancellation: cancellation,
            limits: pipeline.timeout == nil ? 1 : 2)
        let moments = Moments()
        let file = RecordingJournalFile(recorder, faults: faults) { record in
            moments.add(Moment(record: record, world: world.values))
        }
        let leases = FakeLeases(recorder, held: held, unreachable: unreachable, tellsHoldings: tellsHoldings) {
            [interruptsAtLease] in
            if interruptsAtLease { cancellation.request(.interrupted) }
        }
        var services = RunServices(
            clock: clock, random: RandomSource { [random] in random }, processes: processes, environment: [:],
            runnerVersion: "0.0.0-test", leaseProviders: ["fake": leases],
            sinks: [RecordingSink(recorder)],
            admit: { [newer, silent] resource, _ in
                if let count = silent[resource.url] {
                    recorder.note("ask \(resource)")
                    if recorder.lines.count(where: { $0 == "ask \(resource)" }) <= count {
                        throw StepError("no-answer", "no answer", retry: .network)
                    }
                }
                if newer.contains(resource.url) {
                    throw NewerFormat("\(resource) has format 9", known: "formats up to 2", named: ["9.0.0"])
                }
            },
            equip: { $0[WorldKey.self] = world })
        if let settle {
            services.settle = { leases in
                recorder.note("settle \(leases.resources.map(\.url).sorted().joined(separator: " "))")
                try settle()
            }
        }
        let identity = RunIdentity(
            id: id, startedAt: clock.date, project: Project(folder: "/nowhere"), folder: "/nowhere/run-1")
        journals?.note(in: recorder)
        let copy = journals.map { [storage, openSteps, id] in
            JournalCopy(
                in: $0, of: id, pipeline: Array("the file".utf8), kept: kept,
                attachment: { try storage.readAttachment(named: $0) },
                shown: { $0.withoutPrivateTexts { openSteps.contains($0) } })
        }
        let journal = Journal(file, records: history, copy: copy) { clock.date }
        let task = Task { [services, pipeline, secrets, storage, leftPrograms, isElsewhere] in
            await Engine(services).run(
                pipeline, as: identity, journal: journal, storage: storage,
                history: history.isEmpty ? nil : RunHistory(history), intent: intent, isElsewhere: isElsewhere,
                leftPrograms: leftPrograms,
                secrets: secrets, cancellation: cancellation)
        }
        world.onCallerCancel { task.cancel() }
        let result = await task.value
        return Trace(
            lines: recorder.lines, result: result, world: world.values, keys: world.keys, reports: world.reports,
            sleeps: clock.sleeps,
            journal: file.bytes, moments: moments.all)
    }
}

extension TestRun {
    /// Plans the run instead.
    public func plan(startsCommands: Bool = false) async throws -> Plan {
        let clock = TestClock()
        let services = RunServices(
            clock: clock, random: RandomSource { 0.5 }, processes: NoProcesses(), environment: [:],
            runnerVersion: "0.0.0-test")
        let identity = RunIdentity(
            id: "run-1", startedAt: clock.date, project: Project(folder: "/nowhere"), folder: "/nowhere/run-1")
        return try await Planner(services).plan(
            pipeline, as: identity, storage: storage, secrets: secrets, startsCommands: startsCommands)
    }
}

extension PipelineStep {
    /// A `ScriptedStep`.
    public static func scripted(
        _ id: String, effect: Effect = .reversible, preflight: [String] = [], prepare: [String] = [],
        run: [String] = [],
        rollback: [String] = [], atOnce: [String] = [], resource: String? = nil, text: String = "",
        ifUnfinished: String? = nil,
        _ change: (inout PipelineStep) -> Void = { _ in }
    ) -> PipelineStep {
        let options: Value = [
            "effect": .text(effect.rawValue), "preflight": list(preflight), "prepare": list(prepare), "run": list(run),
            "rollback": list(rollback), "at-once": list(atOnce),
            "resource": resource.map { .text($0) } ?? .null, "text": .text(text),
            "if-unfinished": ifUnfinished.map { .text($0) } ?? .null,
        ]
        var kind = KindDescriptor(ScriptedStep.self)
        kind.effect = effect
        var step = PipelineStep(
            id: id, kind: kind, options: Node(options, at: SourceMark(line: 1, column: 1)))
        change(&step)
        return step
    }

    /// The step with an `if`, as one of `steps`.
    public func when(_ condition: String) throws -> PipelineStep {
        var step = self
        step.condition = try Condition(parsing: condition, in: .steps)
        return step
    }

    private static func list(_ words: [String]) -> Value { .list(words.map { .text($0) }) }
}
