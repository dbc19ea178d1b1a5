internal import FoundationEssentials
internal import ObjectStorage
internal import PipelineKit
internal import Synchronization

/// How long a bucket's lease lasts.
public struct LeaseTerms: Sendable {
    /// From the beginning of a renewal on.
    public var length = Duration.seconds(60)
    /// From one renewal to the next.
    public var interval: Duration { length / 4 }

    public init() {}

    /// - Parameter environment: `RUNNER_LEASE_SECONDS` makes the leases of a debug build shorter, for tests. No other build
    ///   looks at it.
    public init(environment: [String: String]) {
        #if DEBUG
            if let seconds = environment["RUNNER_LEASE_SECONDS"].flatMap({ Int($0) }), seconds > 0 {
                length = .seconds(seconds)
            }
        #endif
    }

    /// How long a record must not have been written before somebody else takes the lease. Stores tell moments to the
    /// second.
    static func expiry(of record: LeaseRecord) -> Duration { .seconds(record.seconds + 2) }
    /// That of the leases of all runners.
    static var longestExpiry: Duration { LeaseTerms().length + .seconds(2) }
}

/// A lease that a bucket keeps: a record that is changed only by conditional writes.
///
/// It is renewed in the background. Whoever writes looks at the deadline, which is counted from the *beginning* of the last
/// renewal that has succeeded: another run counts from its arrival, and so takes the lease later.
final class BucketLease: Lease {
    private struct State {
        var record: LeaseRecord
        var etag: String
        /// By the run's clock.
        var until: ContinuousClock.Instant
        /// Why nothing may be written any more.
        var end: LeaseLost.Reason?
        /// The last write that was begun. There is one at a time, since each needs the ETag of the one before.
        var last: Task<Void, any Error>?
        var renewing: Task<Void, Never>?
    }

    let holding: LeaseHolding?
    private let store: BucketStore
    private let terms: LeaseTerms
    private let state: Mutex<State>

    private var clock: any RunClock { store.clock }
    /// A renewal that takes longer is given up, and tried again.
    private var patience: Duration { terms.length / 6 }

    /// - Parameter began: the beginning of the write that has taken it.
    init(
        _ record: LeaseRecord, etag: String, began: ContinuousClock.Instant, takenFrom before: FoundLease?,
        in store: BucketStore, _ terms: LeaseTerms
    ) {
        let now = store.clock.now
        holding = LeaseHolding(
            nonce: record.nonce, takenOver: before?.record.owner, lastSigned: before.map { now + $0.lead })
        (self.store, self.terms) = (store, terms)
        state = Mutex(State(record: record, etag: etag, until: began + terms.length))
    }

    var deadline: LeaseDeadline? {
        LeaseDeadline { [self] in
            let (until, end) = state.withLock { ($0.until, $0.end) }
            if let end { throw LeaseLost(store.resource, end) }
            guard clock.now < until else { throw LeaseLost(store.resource, .notRenewed) }
            return until
        }
    }

    func confirm() async throws { try await renew() }

    /// Renews it until it is released or lost.
    func keepRenewing() {
        let task = Workplace.task { [self] in
            var pause = terms.interval
            while !Task.isCancelled {
                guard (try? await clock.sleep(for: pause)) != nil else { return }
                do {
                    try await renew()
                    pause = terms.interval
                } catch let lost as LeaseLost where lost.reason != .notRenewed {
                    return
                } catch is NoConditionalWrites {
                    return
                } catch {
                    // There is time for several tries before the deadline, and one may succeed after it.
                    pause = terms.interval / 3
                }
            }
        }
        state.withLock { $0.renewing = task }
    }

    /// - Throws: `LeaseLost`; `TimeLimitExceeded`; what the storage throws.
    func renew() async throws {
        try await inTurn { [self] in
            try await TimeLimited(limit: patience, clock: clock, subject: "the renewal of the lease") { [self] in
                try await renewOnce()
            }
        }
    }

    /// Gives the lease back. If that fails, it runs out.
    func release() async {
        state.withLock(\.renewing)?.cancel()
        try? await inTurn { [self] in
            try await TimeLimited(limit: patience, clock: clock, subject: "the return of the lease") { [self] in
                try await write { $0.state = .free }
                state.withLock { $0.end = $0.end ?? .taken(by: nil) }
            }
        }
        state.withLock { $0.end = $0.end ?? .taken(by: nil) }
    }

    private func renewOnce() async throws {
        if let end = state.withLock(\.end) { throw LeaseLost(store.resource, end) }
        let began = clock.now
        try await write { $0.keepsConditions = true }
        state.withLock { $0.until = max($0.until, began + terms.length) }
    }

    /// Writes the next state of the record over the one that this holding has written last.
    ///
    /// - Throws: `LeaseLost` if that is not what is there.
    private func write(_ change: (inout LeaseRecord) -> Void) async throws {
        var (record, etag) = state.withLock { ($0.record, $0.etag) }
        for _ in 1...4 {
            record.renewals += 1
            record.renewedAt = store.date(clock.date).timestamp
            change(&record)
            switch try await store.writeLease(record, if: .etag(etag)) {
            case .written(let new):
                return state.withLock { ($0.record, $0.etag) = (record, new) }
            case .refused(let there?) where there.record.nonce == record.nonce && there.record.state == .held:
                // A write of this holding whose reply was lost, or whose wait was given up, has arrived.
                (record, etag) = (there.record, there.etag)
            case .refused(let there):
                let holder = there.flatMap { $0.record.nonce == record.nonce ? nil : $0.record.owner }
                state.withLock { $0.end = .taken(by: holder) }
                throw LeaseLost(store.resource, .taken(by: holder))
            }
        }
        throw LeaseLost(store.resource, .notRenewed)
    }

    /// Runs writes one after the other. A cancellation does not reach them: what has become of a write must be known.
    private func inTurn(_ write: @escaping @Sendable () async throws -> Void) async throws {
        let task = state.withLock { state in
            let task = Workplace.task { [last = state.last] in
                _ = await last?.result
                try await write()
            }
            state.last = task
            return task
        }
        try await task.value
    }
}
