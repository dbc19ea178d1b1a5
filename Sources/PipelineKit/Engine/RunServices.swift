/// What the engine works with: the effects for steps, and services that the engine does not know itself.
public struct RunServices: Sendable {
    public var clock: any RunClock
    public var random: RandomSource
    public var processes: any ProcessRunner
    /// What the commands of this run leave running. The engine ends it at the end of the run.
    public var background: BackgroundProcesses
    /// What of its work must not be left in the middle.
    public var shielded = ShieldedWork()
    public var environment: [String: String]
    /// Masks what is secret whatever the pipeline is. Each run masks the secrets of its own as well.
    public var secrets: SecretMasker
    public var runnerVersion: String
    /// The lease providers by URL scheme.
    public var leaseProviders: [String: any LeaseProvider]
    public var sinks: [any EventSink]
    /// Called when all is done, before the run gives its leases back and tells that it has ended.
    public var beforeEnd: @Sendable (RunResult) async -> Void = { _ in }
    /// Called before a step changes a resource. It throws `NewerFormat` if this runner must not change it.
    public var admit: @Sendable (Resource, StepContext) async throws -> Void
    /// Fills the context's slots, such as the HTTP client.
    public var equip: @Sendable (inout StepContext) -> Void

    /// Called when a new run has its leases, before its first step: what dead runs have left is finished first. It is not
    /// called for a run that takes no lease.
    public var settle: @Sendable (Leases) async throws -> Void = { _ in }
    /// Leases that another run holds and lends this one: they are neither taken nor given back.
    public var lent = Leases.none

    public init(
        clock: any RunClock, random: RandomSource, processes: any ProcessRunner,
        background: BackgroundProcesses = BackgroundProcesses(), environment: [String: String],
        secrets: SecretMasker = SecretMasker(), runnerVersion: String,
        leaseProviders: [String: any LeaseProvider] = [:], sinks: [any EventSink] = [],
        admit: @escaping @Sendable (Resource, StepContext) async throws -> Void = { _, _ in },
        equip: @escaping @Sendable (inout StepContext) -> Void = { _ in }
    ) {
        self.clock = clock
        self.random = random
        self.processes = processes
        self.background = background
        self.environment = environment
        self.secrets = secrets
        self.runnerVersion = runnerVersion
        self.leaseProviders = leaseProviders
        self.sinks = sinks
        self.admit = admit
        self.equip = equip
    }

    /// - Parameter setters: how the command that runs the pipeline sets options of its steps, by their names.
    public mutating func add(setters: [String: String]) {
        equip = { [equip] context in
            equip(&context)
            context.setters.merge(setters) { $1 }
        }
    }
}
