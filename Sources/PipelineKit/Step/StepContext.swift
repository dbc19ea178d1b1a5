public import Logging
public import SystemPackage

/// Everything that a step may use of the outside world. Tests pass in another one; production code has no other access.
public struct StepContext: Sendable {
    public var run: RunInfo
    /// The step's `id`.
    public var stepID: String
    /// The number of the attempt; the first is 1.
    public var attempt: Int
    /// The step's own folder inside the run's folder. It is made when it is first used, and kept until the run is
    /// deleted.
    public var folder: FilePath { makeFolder() }
    private let makeFolder: @Sendable () -> FilePath
    public var project: Project
    /// The environment of the runner's process.
    public var environment: [String: String]
    /// The step's own `env:`, already expanded.
    public var stepEnvironment: [String: String]
    /// The variables that the pipeline's `secrets` name: a child gets one only if the step's `env` sets it.
    public var withheldVariables: Set<String> = []
    public var clock: any RunClock
    public var logger: Logger
    public var progress: Progress
    public var random: RandomSource
    public var processes: any ProcessRunner
    /// What the commands of the run have left running.
    public var background: BackgroundProcesses
    public var leases: Leases
    /// Runs what must not be left in the middle.
    public var shielded = ShieldedWork()
    /// True if nothing but local steps run, to find out what a run would change.
    public var isPlan = false
    /// True if somebody will read every change that the step would make, and not only the first ones.
    public var listsEveryChange = false
    /// Replaces the run's secrets by `***`. What leaves the process is masked anyway. Only a text that is cut before
    /// that must be masked first, because the rest of a secret would no longer be found.
    public var mask: @Sendable (String) -> String = { $0 }
    /// Gets a secret that the step has learnt, such as a key that a service gave it: it is masked from then on.
    public var noteSecret: @Sendable (String) -> Void = { _ in }
    /// Gets one sentence, without a full stop, that says what a rollback has restored; the last one counts. What a step
    /// achieves going forward, its `summary(of:)` says.
    public var noteRestored: @Sendable (String) -> Void = { _ in }
    /// How whoever started the run sets options of the step, other than in the file: `--to ` or `-i to=`, by the option's
    /// name.
    public var setters: [String: String] = [:]
    private var slots: [ObjectIdentifier: any Sendable] = [:]

    public init(
        run: RunInfo, stepID: String, attempt: Int = 1, folder: @autoclosure @escaping @Sendable () -> FilePath,
        project: Project,
        environment: [String: String], stepEnvironment: [String: String] = [:], clock: any RunClock, logger: Logger,
        progress: Progress, random: RandomSource, processes: any ProcessRunner,
        background: BackgroundProcesses = BackgroundProcesses(), leases: Leases = .none
    ) {
        self.run = run
        self.stepID = stepID
        self.attempt = attempt
        makeFolder = folder
        self.project = project
        self.environment = environment
        self.stepEnvironment = stepEnvironment
        self.clock = clock
        self.logger = logger
        self.progress = progress
        self.random = random
        self.processes = processes
        self.background = background
        self.leases = leases
    }

    /// The environment of a command that the step's user has written.
    public var childEnvironment: [String: String] {
        environment.filter { !withheldVariables.contains($0.key) }.merging(stepEnvironment) { $1 }
    }

    /// The environment of a program that a kind starts by itself, such as git. In a plan, the step's `env` is not in it:
    /// the file may be a stranger's, and a variable such as `PATH` would name a program.
    public var toolEnvironment: [String: String] {
        isPlan ? environment.filter { !withheldVariables.contains($0.key) } : childEnvironment
    }

    /// A key that is the same for every attempt and after a resume, so that a repeated request can be recognized.
    public var idempotencyKey: String { "\(run.id)/\(stepID)" }

    /// What to type or to write so that an option gets a value, for help: `--to v1`, `-i to=v1` or `select: v1`.
    public func setting(_ option: String, to value: String) -> String {
        (setters[option] ?? "\(option): ") + value
    }

    /// The value of a slot that the engine does not know, such as an HTTP client. The executable puts it in; its key
    /// finds it.
    public subscript<Key: ContextKey>(key: Key.Type) -> Key.Value {
        get { slots[ObjectIdentifier(key)] as? Key.Value ?? Key.defaultValue }
        set { slots[ObjectIdentifier(key)] = newValue }
    }
}

/// Names a typed slot of the context.
public protocol ContextKey {
    associatedtype Value: Sendable
    static var defaultValue: Value { get }
}
