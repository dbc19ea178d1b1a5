internal import AWS
internal import Glibc
internal import ObjectStorage
public import PipelineKit
internal import SystemPackage

/// Who has a store's lease, for whoever wants to take it away.
public enum LeaseHolder: Sendable {
    case nobody
    /// A folder's, which goes away with its process. Nil if that has not said who it is.
    case process(LeaseOwner?)
    /// A bucket's, with the nonce of its holding.
    case run(LeaseHeld, nonce: String)
}

extension StoreURL {
    /// - Throws: what reading the store throws.
    public func leaseHolder(in context: StepContext) async throws -> LeaseHolder {
        guard case .bucket = self else {
            return try FolderLeaseProvider.holder(of: openFolder(in: context.project))
        }
        guard let found = try await bucketStore(in: context).foundLease(), found.record.state != .free else {
            return .nobody
        }
        if let age = found.age, age >= LeaseTerms.expiry(of: found.record) { return .nobody }
        let held = LeaseHeld(
            resource(in: context.project), by: found.record.owner, renewed: found.age,
            isBroken: found.record.state == .broken)
        return .run(held, nonce: found.record.nonce)
    }

    /// Takes a bucket's lease away from its holder, who notices with its next renewal. Another run can take it as soon as the
    /// holder may no longer write, a minute later.
    ///
    /// - Parameters:
    ///   - nonce: of the holding; another one stays.
    ///   - who: who does it, if that is known.
    /// - Returns: false if that holding has ended meanwhile.
    /// - Throws: `StepError` `not-a-bucket-store`, `object-contended`; what the storage throws.
    public func breakLease(heldAs nonce: String, by who: String?, in context: StepContext) async throws -> Bool {
        let store = try await bucketStore(in: context)
        // Its holder renews it at the same time.
        for _ in 1...8 {
            guard let found = try await store.foundLease(), found.record.nonce == nonce, found.record.state != .free
            else { return false }
            if found.record.state == .broken { return true }
            var record = found.record
            (record.state, record.brokenBy) = (.broken, who)
            record.renewals += 1
            if case .written = try await store.writeLease(record, if: .etag(found.etag)) { return true }
        }
        throw StepError(
            "object-contended", "\(store.location(of: .lease)) was changed at each of 8 tries",
            help: "type this again", retry: .conflict)
    }

    private func bucketStore(in context: StepContext) async throws -> BucketStore {
        guard let store = try await open(in: context) as? BucketStore else {
            throw StepError("not-a-bucket-store", "\(resource(in: context.project)) is a folder, whose lease is a lock")
        }
        return store
    }
}

extension FolderLeaseProvider {
    /// Changes nothing, but holds a lease that is free for a moment.
    static func holder(of store: FolderStore) throws -> LeaseHolder {
        let lock = store.root.pushing(".runner/lease.lock")
        guard try FileStatus.exists(lock), try FileLock.tryLock(lock, mode: lockMode(of: store)) == nil else {
            return .nobody
        }
        return .process(FileLease.owner(in: store.root.pushing(".runner/lease.json")))
    }
}
