public import Logging
public import SystemPackage

/// Everything that a step may use of the world. Tests hand in another one; production code has no other way out.
public struct StepContext: Sendable {
    public var run: RunInfo
    /// The step's `id`.
    public var stepID: String
    /// 1 for the first attempt.
    public var attempt: Int
    /// The step's own folder inside the run's folder: made when it is first asked for, and kept until the run is deleted.
    public var folder: FilePath { makeFolder() }
    private let makeFolder: @Sendable () -> FilePath
    public var project: Project
    /// The environment of the runner's process.
    public var environment: [String: String]
    /// The step's own `env:`, already expanded: what a child process gets on top.
    public var stepEnvironment: [String: String]
    public var clock: any RunClock
    public var logger: Logger
    public var progress: Progress
    public var random: RandomSource
    public var processes: any ProcessRunner
    public var leases: Leases
    /// Puts `***` for the run's secrets. What leaves the process is masked anyway: only a text that is cut before has to
    /// be masked first, because what is left of a secret would not be found any more.
    public var mask: @Sendable (String) -> String = { $0 }
    private var slots: [ObjectIdentifier: any Sendable] = [:]

    public init(
        run: RunInfo, stepID: String, attempt: Int = 1, folder: @autoclosure @escaping @Sendable () -> FilePath,
        project: Project,
        environment: [String: String], stepEnvironment: [String: String] = [:], clock: any RunClock, logger: Logger,
        progress: Progress, random: RandomSource, processes: any ProcessRunner, leases: Leases = .none
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
        self.leases = leases
    }

    /// The same for every attempt, and after a resume: what makes a repeated request recognizable.
    public var idempotencyKey: String { "\(run.id)/\(stepID)" }

    /// What the engine does not know, such as an HTTP client: put in by the executable, found by its key.
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
