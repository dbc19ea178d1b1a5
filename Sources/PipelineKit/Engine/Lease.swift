internal import Glibc

/// Takes the leases of one kind of resource. The executable registers one for each URL scheme.
public protocol LeaseProvider: Sendable {
    /// Tries once; the engine waits and retries.
    ///
    /// - Throws: `LeaseHeld` if another run has it.
    func acquire(_ resource: Resource, owner: LeaseOwner) async throws -> any Lease
}

/// The right to change a resource, until it is released.
public protocol Lease: Sendable {
    /// Tells this holding of the lease from all others; nil if nothing can tell, as with a file's lock, which the kernel
    /// gives back when its holder ends.
    var holding: LeaseHolding? { get }

    /// Proves that the lease is still held. Call it directly before a write that depends on it.
    ///
    /// - Throws: `LeaseLost`.
    func confirm() async throws

    func release() async
}

extension Lease {
    public var holding: LeaseHolding? { nil }
}

/// One holding of a lease, from its taking to its release. There is one at a time, so that a run whose journal names
/// another one no longer holds the lease.
public struct LeaseHolding: Codable, Hashable, Sendable {
    /// No other holding has the same.
    public var nonce: String
    /// The run that held the lease before and did not give it back: what it has sent may still arrive. Nil if the lease
    /// was free.
    public var takenOver: LeaseOwner?

    public init(nonce: String, takenOver: LeaseOwner? = nil) {
        self.nonce = nonce
        self.takenOver = takenOver
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

    public init(runID: String, pipeline: String, host: String, processID: Int, since: String) {
        self.runID = runID
        self.pipeline = pipeline
        self.host = host
        self.processID = processID
        self.since = since
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

    public init(_ resource: Resource, by owner: LeaseOwner?) {
        self.resource = resource
        self.owner = owner
    }

    public var code: String { "lease-held" }
    public var retryClass: RetryClass { .conflict }
    public var message: String {
        guard let owner else { return "\(resource) is in use by another run" }
        return
            "\(resource) is in use by run \(owner.runID) of pipeline \(owner.pipeline) (process \(owner.processID) on "
            + "\(owner.host), since \(owner.since))"
    }
    public var help: String? {
        "wait for it to end and run again, or let this one wait longer with `concurrency: {wait: 30m}`"
    }
}

/// The lease was taken over or its record is gone.
public struct LeaseLost: DescribedError {
    public var resource: Resource

    public init(_ resource: Resource) {
        self.resource = resource
    }

    public var code: String { "lease-lost" }
    public var message: String { "the lease of \(resource) is no longer held by this run, so nothing more is written" }
    public var help: String? { "find out which other run uses the store, and wait for it to end" }
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

    /// Every holding of the run, by resource.
    var holdings: [Resource: LeaseHolding] { held.compactMapValues(\.holding) }

    /// Proves that the lease of a resource is still held. Returns at once if the run took none.
    public func confirm(_ resource: Resource) async throws {
        try await held[resource]?.confirm()
    }
}
