internal import AWS
internal import FoundationEssentials
internal import ObjectStorage
public import PipelineKit
internal import Synchronization

/// Takes the leases of bucket stores: `<store>/.runner/lease.json`, which all machines see.
///
/// The storage decides who gets it, by the conditions of its writes. The record lasts for a minute after each renewal, by
/// the storage's own clock: the reply's `Date` less the record's `Last-Modified`. If a storage does not tell these, or tells
/// nonsense, a record counts as expired that has stayed the same for as long by this machine's clock.
public struct BucketLeaseProvider: LeaseProvider {
    private let terms: LeaseTerms
    private let watch = LeaseWatch()
    /// Other runs may be first again and again; the engine waits, and asks once more.
    private static let maximumTries = 8

    public init(_ terms: LeaseTerms = LeaseTerms()) {
        self.terms = terms
    }

    /// - Throws: `LeaseHeld`; `NoConditionalWrites`; `NewerFormat`; `LeaseUnreachable`.
    public func acquire(_ request: LeaseRequest) async throws -> any Lease {
        guard case .bucket(let name, let prefix) = try StoreURL(request.resource.url) else {
            throw StepError(
                "bad-store", "\(request.resource) is not a bucket, and only buckets keep a record of a lease")
        }
        let lease: BucketLease
        do {
            let client = try await request.context[AWSClientsKey.self].client(in: request.context)
            let store = BucketStore(client.s3(name, prefix: prefix), prefix: prefix, clock: request.context.clock)
            lease = try await acquire(request, in: store)
        } catch let error as any DescribedError {
            switch error {
            case is LeaseHeld, is NoConditionalWrites, is NewerFormat: throw error
            default: throw LeaseUnreachable(error)
            }
        }
        lease.keepRenewing()
        return lease
    }

    /// - Returns: a lease that nobody renews yet.
    func acquire(_ request: LeaseRequest, in store: BucketStore) async throws -> BucketLease {
        var holder: FoundLease?
        for _ in 1...Self.maximumTries {
            holder = try await store.foundLease()
            if let holder { try refuseIfHeld(holder, request, in: store) }
            let isProven = holder?.record.keepsConditions ?? false
            if !isProven { try await store.requireKnownConditions() }
            if let lease = try await take(request, from: holder, isProven: isProven, in: store) { return lease }
        }
        throw LeaseHeld(request.resource, by: holder?.record.owner)
    }

    /// - Throws: `LeaseHeld`.
    private func refuseIfHeld(_ found: FoundLease, _ request: LeaseRequest, in store: BucketStore) throws {
        let record = found.record
        let unchanged = watch.unchanged(found.etag, of: request.resource, at: store.clock.now)
        guard record.state != .free, record.nonce != request.ended else { return }
        let expiry = LeaseTerms.expiry(of: record)
        if let age = found.age, age >= expiry { return }
        if unchanged >= expiry { return }
        throw LeaseHeld(
            request.resource, by: record.owner, renewed: max(found.age ?? unchanged, .zero),
            isBroken: record.state == .broken)
    }

    /// - Returns: nil if another run was first.
    private func take(
        _ request: LeaseRequest, from before: FoundLease?, isProven: Bool, in store: BucketStore
    ) async throws -> BucketLease? {
        let record = LeaseRecord(
            state: .held, nonce: request.context.random.hexadecimal(digits: 32), owner: request.owner,
            seconds: Int(terms.length.components.seconds), renewedAt: store.date(store.clock.date).timestamp,
            keepsConditions: isProven)
        let condition: WriteCondition = before.map { .etag($0.etag) } ?? .absent
        // A cancellation must not leave a record of which nobody knows.
        let lease = try await Workplace.task { () -> BucketLease? in
            do {
                let began = store.clock.now
                guard case .written(let etag) = try await store.writeLease(record, if: condition) else { return nil }
                let lease = BucketLease(
                    record, etag: etag, began: began,
                    takenFrom: before.flatMap { $0.record.state == .free ? nil : $0 }, in: store, terms)
                if !isProven {
                    try await store.proveConditions(record)
                    // Notes it in the record, and shows that the storage takes a condition that holds.
                    try await lease.renew()
                }
                return lease
            } catch let error as NoConditionalWrites {
                await store.rememberNoConditions()
                throw error
            }
        }.value
        guard Task.isCancelled else { return lease }
        await lease?.release()
        throw CancellationError()
    }
}

/// How long the records of leases have stayed the same, by this machine's clock.
private final class LeaseWatch: Sendable {
    private let seen = Mutex<[Resource: (etag: String, since: ContinuousClock.Instant)]>([:])

    func unchanged(_ etag: String, of resource: Resource, at now: ContinuousClock.Instant) -> Duration {
        seen.withLock { seen in
            if let known = seen[resource], known.etag == etag { return known.since.duration(to: now) }
            seen[resource] = (etag, now)
            return .zero
        }
    }
}
