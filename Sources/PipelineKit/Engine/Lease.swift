internal import Glibc

/// Takes the leases of one kind of resource. The executable registers one for each URL scheme.
public protocol LeaseProvider: Sendable {
    /// Tries once; the engine waits and retries.
    ///
    /// - Throws: `LeaseHeld` if another run has it; `LeaseUnreachable` if nobody could be asked.
    func acquire(_ request: LeaseRequest) async throws -> any Lease
}

/// Who wants which lease.
public struct LeaseRequest: Sendable {
    public var resource: Resource
    public var owner: LeaseOwner
    /// The nonce of an earlier holding of the same run, whose process is known to have ended. Nil if there is none, or
    /// nobody knows.
    public var ended: String?
    /// Of a step that changes the resource: whoever may change it may take its lease.
    public var context: StepContext

    public init(_ resource: Resource, owner: LeaseOwner, ended: String? = nil, context: StepContext) {
        (self.resource, self.owner, self.ended, self.context) = (resource, owner, ended, context)
    }
}

/// The right to change a resource, until it is released.
public protocol Lease: Sendable {
    /// Tells this holding of the lease from all others; nil if nothing can tell, as with a file's lock, which the kernel
    /// gives back when its holder ends.
    var holding: LeaseHolding? { get }

    /// Until when the run may write; nil if the lease does not run out by itself.
    var deadline: LeaseDeadline? { get }

    /// Proves that the lease is still held. Call it directly before a write that depends on it.
    ///
    /// - Throws: `LeaseLost`.
    func confirm() async throws

    func release() async
}

extension Lease {
    public var holding: LeaseHolding? { nil }
    public var deadline: LeaseDeadline? { nil }
}

/// Until when a run may write, by the lease that it holds. It moves with every renewal, so it is read for each request.
///
/// It is a moment of the run's clock, which counts the time in which the machine sleeps, too.
public struct LeaseDeadline: Sendable {
    private let read: @Sendable () throws -> ContinuousClock.Instant

    /// - Parameter read: gives the moment; throws `LeaseLost` if it is over.
    public init(_ read: @escaping @Sendable () throws -> ContinuousClock.Instant) {
        self.read = read
    }

    /// The moment from which on another run may hold the lease.
    ///
    /// - Throws: `LeaseLost` if it is over.
    public func moment() throws -> ContinuousClock.Instant { try read() }
}

/// One holding of a lease, from its taking to its release. There is one at a time, so that a run whose journal names
/// another one no longer holds the lease.
public struct LeaseHolding: Codable, Hashable, Sendable {
    /// No other holding has the same.
    public var nonce: String
    /// The run that held the lease before and did not give it back: what it has sent may still arrive. Nil if the lease
    /// was free.
    public var takenOver: LeaseOwner?
    /// By this run's clock, the latest date that a request of the holder before can be signed with; nil if the lease was
    /// free.
    public var lastSigned: ContinuousClock.Instant?

    public init(nonce: String, takenOver: LeaseOwner? = nil, lastSigned: ContinuousClock.Instant? = nil) {
        (self.nonce, self.takenOver, self.lastSigned) = (nonce, takenOver, lastSigned)
    }
}

/// The holder of a lease, for the message to those who wait for it.
public struct LeaseOwner: Codable, Hashable, Sendable {
    public var runID: String
    public var pipeline: String
    public var host: String
    public var processID: Int
    /// ISO 8601.
    public var since: String
    /// Nil outside of CI.
    public var job: CIJob?

    public init(runID: String, pipeline: String, host: String, processID: Int, since: String, job: CIJob? = nil) {
        self.runID = runID
        self.pipeline = pipeline
        self.host = host
        self.processID = processID
        self.since = since
        self.job = job
    }

    /// Where it is at work, for messages: `process 7 on build-1`, and the CI job.
    public var place: String {
        let job = job.map { ", \($0.name)\($0.url.map { " \($0)" } ?? "")" } ?? ""
        return "process \(processID) on \(host)\(job)"
    }

    /// The name of this machine.
    public static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Another run holds the lease.
public struct LeaseHeld: DescribedError {
    public var resource: Resource
    public var owner: LeaseOwner?
    /// How long ago the lease was renewed, by the clock of whatever keeps it; nil for one that is never renewed.
    public var renewed: Duration?
    /// True if somebody has broken it: nobody renews it any more.
    public var isBroken = false

    public init(_ resource: Resource, by owner: LeaseOwner?, renewed: Duration? = nil, isBroken: Bool = false) {
        (self.resource, self.owner, self.renewed, self.isBroken) = (resource, owner, renewed, isBroken)
    }

    public var code: String { "lease-held" }
    public var retryClass: RetryClass { .conflict }
    public var message: String {
        guard let owner else { return "\(resource) is in use by another run" }
        let age = renewed.map { ", \(isBroken ? "broken" : "renewed") \($0.text) ago" } ?? ""
        return
            "\(resource) is in use by run \(owner.runID) of pipeline \(owner.pipeline) (\(owner.place), "
            + "since \(owner.since)\(age))"
    }
    public var help: String? {
        "wait for it to end and run again, or let this one wait longer with `concurrency: {wait: 30m}`"
    }
}

/// Nobody could be asked for the lease. The cause says why, in its own words.
public struct LeaseUnreachable: DescribedError {
    public var cause: any DescribedError

    public init(_ cause: any DescribedError) { self.cause = cause }

    public var code: String { cause.code }
    public var message: String { cause.message }
    public var help: String? { cause.help }
    public var retryClass: RetryClass { cause.retryClass }
    public var retryAfter: Duration? { cause.retryAfter }
}

/// The run may no longer write to a resource.
public struct LeaseLost: DescribedError {
    public enum Reason: Hashable, Sendable {
        /// The lease is no longer this run's.
        case taken(by: LeaseOwner?)
        /// Nobody knows: the lease was not renewed for so long that another run may have it.
        case notRenewed
    }

    public var resource: Resource
    public var reason: Reason

    public init(_ resource: Resource, _ reason: Reason = .taken(by: nil)) {
        (self.resource, self.reason) = (resource, reason)
    }

    public var code: String { "lease-lost" }
    public var retryClass: RetryClass {
        switch reason {
        case .taken: .failure
        // A renewal may succeed again.
        case .notRenewed: .network
        }
    }
    public var message: String {
        switch reason {
        case .taken(let owner?):
            "the lease of \(resource) is run \(owner.runID)'s by now (\(owner.place)), so nothing more is written"
        case .taken(nil): "the lease of \(resource) is no longer held by this run, so nothing more is written"
        case .notRenewed:
            "the lease of \(resource) could not be renewed in time, and another run may have it by now, so nothing is written"
        }
    }
    public var help: String? {
        switch reason {
        case .taken: "find out which other run uses the store, and wait for it to end"
        case .notRenewed:
            "look at the connection to the store, and keep this process from being stopped for a minute or longer"
        }
    }
}

/// The leases that a run holds, as a step sees them.
public struct Leases: Sendable {
    private let held: [Resource: any Lease]

    public init(_ held: [Resource: any Lease]) {
        self.held = held
    }

    public static let none = Leases([:])

    /// What the leases are of.
    public var resources: Set<Resource> { Set(held.keys) }

    subscript(resource: Resource) -> (any Lease)? { held[resource] }

    /// How the run holds the lease of a resource; nil if it took none, or nothing can tell its holding from others.
    public func holding(of resource: Resource) -> LeaseHolding? { held[resource]?.holding }

    /// True if the run took the lease of a resource.
    func include(_ resource: Resource) -> Bool { held[resource] != nil }

    /// Until when the run may write to a resource; nil without a limit.
    public func deadline(of resource: Resource) -> LeaseDeadline? { held[resource]?.deadline }

    /// Every holding of the run, by resource.
    var holdings: [Resource: LeaseHolding] { held.compactMapValues(\.holding) }

    /// Proves that the lease of a resource is still held. Returns at once if the run took none.
    public func confirm(_ resource: Resource) async throws {
        try await held[resource]?.confirm()
    }
}
