internal import Digest
internal import FoundationEssentials
internal import HTTP
internal import ObjectStorage
public import PipelineKit

/// What `.runner/lease.json` says in a bucket. Every write of it has another content, so that its ETag tells one from all
/// others.
struct LeaseRecord: FormattedRecord, Hashable {
    static let currentFormat = 1

    enum State: String, Codable, Sendable {
        case held
        /// Given back.
        case free
        /// Somebody has taken it away from its holder, who finds out with the next renewal and may write until then.
        case broken
    }

    var format = currentFormat
    var state: State
    /// Of the holding.
    var nonce: String
    /// The run that holds it, or held it last.
    var owner: LeaseOwner
    /// How long it lasts after each renewal, in seconds. The holder decides, and others go by it.
    var seconds: Int
    /// How often it was written in this holding.
    var renewals = 0
    /// By the holder's clock, as far as it could be corrected. Less the moment that the store gives, it tells by how much
    /// that clock is ahead.
    var renewedAt: String
    /// True once the store was seen to keep conditions. Nobody needs to try it again.
    var keepsConditions = false
    /// Who has broken it.
    var brokenBy: String?
}

/// The record as it was found.
struct FoundLease {
    var record: LeaseRecord
    /// With its quotes.
    var etag: String
    /// How long ago it was written, by the store's clock; nil if the store does not say.
    var age: Duration?
    /// When it was written, by the store's clock.
    var writtenAt: Date?

    /// How far the holder's clock is ahead of the store's.
    var lead: Duration {
        guard let writtenAt, let date = Date(timestamp: record.renewedAt) else { return .zero }
        return max(.zero, .seconds(date.timeIntervalSince(writtenAt)))
    }
}

/// How a write of the record ended.
enum LeaseWrite {
    case written(etag: String)
    /// Somebody else was first. What is there now; nil if there is nothing.
    case refused(FoundLease?)
}

extension BucketStore {
    private static let leaseLimit = 64 << 10

    func foundLease() async throws -> FoundLease? {
        guard let content = try await objects.getObject(key(of: .lease), maximumBytes: Self.leaseLimit) else {
            return nil
        }
        return try await found(content)
    }

    private func found(_ content: ObjectContent) async throws -> FoundLease {
        let age: Duration? =
            if let date = content.info.date, let written = content.info.lastModified {
                .seconds(date.timeIntervalSince(written))
            } else {
                nil
            }
        return FoundLease(
            record: try await decode(LeaseRecord.self, content.bytes, of: .lease), etag: content.info.etag, age: age,
            writtenAt: content.info.lastModified)
    }

    /// Writes the record. A reply that was lost is made up for by a look: the content has the holding's nonce.
    ///
    /// - Throws: `NoConditionalWrites`; what the storage throws.
    func writeLease(_ record: LeaseRecord, if condition: WriteCondition) async throws -> LeaseWrite {
        try requireConditions()
        let write = try await objects.putConfirmed(
            key(of: .lease), try Self.bytes(of: record), headers: Self.recordHeaders, if: condition,
            maximumBytes: Self.leaseLimit, clock: clock)
        // A server that refuses a condition is found out by asking for it; the write was then made without.
        try requireConditions()
        switch write {
        case .written(let etag): return .written(etag: etag)
        case .refused(let content?): return .refused(try await found(content))
        // Nothing is there, or nothing that is a lease.
        case .refused(nil): return .refused(try await foundLease())
        }
    }

    /// - Throws: `NoConditionalWrites` if the storage is known to refuse conditions.
    func requireConditions() throws {
        guard objects.capabilities.conditionalPut != .all else { return }
        throw NoConditionalWrites(resource, .refused)
    }

    /// - Throws: `NoConditionalWrites` if an earlier run has found that the storage keeps none.
    func requireKnownConditions() async throws {
        try requireConditions()
        guard try await writtenFormat().keepsConditions != false else { throw NoConditionalWrites(resource, .known) }
    }

    /// Tries whether the storage refuses a write whose condition does not hold. What is written if it does not is what is
    /// there already.
    ///
    /// - Parameter record: what the lease's record is now.
    /// - Throws: `NoConditionalWrites`.
    func proveConditions(_ record: LeaseRecord) async throws {
        let bytes = try Self.bytes(of: record)
        for condition in [WriteCondition.absent, .etag("\"00000000000000000000000000000000\"")] {
            let outcome = try await objects.put(
                key(of: .lease), .bytes(bytes), sha256: SHA256.hash(bytes), headers: Self.recordHeaders,
                ifKnown: condition)
            if case .written = outcome { throw NoConditionalWrites(resource, .ignored) }
            try requireConditions()
        }
    }

    /// Notes in the store's own record that it keeps no conditions, and takes the lease's record away, which nobody could
    /// trust. What of that fails is tried again by the next run.
    func rememberNoConditions() async {
        try? await delete(.lease)
        guard var format = try? await writtenFormat() else { return }
        format.keepsConditions = false
        try? await encode(format, to: .format)
    }
}

/// A store that cannot keep a lease.
public struct NoConditionalWrites: DescribedError, Hashable {
    public enum Reason: Hashable, Sendable {
        /// It answers them with an error.
        case refused
        /// It writes, whatever the condition says.
        case ignored
        /// One of the two, as an earlier run has noted.
        case known
    }

    public var store: Resource
    public var reason: Reason

    init(_ store: Resource, _ reason: Reason) {
        (self.store, self.reason) = (store, reason)
    }

    public var code: String { "no-conditional-writes" }
    public var message: String {
        let what =
            switch reason {
            case .refused: "refuses"
            case .ignored: "ignores"
            case .known: "does not keep"
            }
        return
            "the store \(store) \(what) the conditions of a write (If-None-Match, If-Match), so it cannot keep a lease: two "
            + "runs could change it at the same time"
    }
    public var help: String? {
        "write `concurrency: none` at the top of the pipeline file, and let the CI system run one job at a time: "
            + "`concurrency` of GitHub Actions, `resource_group` of GitLab"
    }
}
