internal import Digest
internal import HTTP
public import ObjectStorage
public import PipelineKit

/// Writes a small record if a condition holds, and settles every doubt about the outcome by a look at what is stored.
///
/// A repeated conditional write fails against its own first try when the first reply was lost. Not every repetition is
/// seen here, since libraries and proxies below repeat what they take for safe. So the bytes must be such as nobody
/// else writes, with a nonce or a run's id in them: if they are what is stored, they are ours.
public struct ConditionalWrite: Sendable {
    public var client: S3Client
    public var clock: any RunClock
    /// How often the write is tried if the store cannot decide (409), or no reply comes.
    public var maximumTries = 5
    /// The longest record that is read back, in bytes.
    public var maximumBytes = 1 << 20

    public init(client: S3Client, clock: any RunClock) {
        self.client = client
        self.clock = clock
    }

    /// - Throws: what `AWSSender.send` throws, if the last try had no reply and its bytes are not stored; `contended`.
    public func put(
        _ key: String, _ bytes: [UInt8], headers: ObjectHeaders = ObjectHeaders(), if condition: WriteCondition
    ) async throws -> ConfirmedWrite {
        let digest = SHA256.hash(bytes)
        for attempt in 1...maximumTries {
            var lost: (any Error)?
            do {
                switch try await client.put(
                    key, .bytes(bytes), sha256: digest, headers: headers, ifKnown: condition)
                {
                case .written(let etag): return .written(etag: etag)
                case .conditionFalse, .contended: break
                }
            } catch let error as TransportError {
                lost = error
            } catch let error as AWSError where error.mayHaveBeenApplied || error.status >= 500 {
                lost = error
            }
            switch try await look(at: key, for: bytes, condition) {
            case .own(let etag): return .written(etag: etag)
            case .refused(let content): return .refused(content)
            case .undecided: break
            }
            if let lost, attempt == maximumTries { throw lost }
            try await clock.sleep(for: .milliseconds(200 << attempt))
        }
        throw S3Error(
            .contended, "PutObject", client.url(key),
            "the store did not settle a conditional write in \(maximumTries) tries", retry: .conflict)
    }

    private func look(at key: String, for bytes: [UInt8], _ condition: WriteCondition) async throws -> WriteFinding {
        do {
            let current = try await client.getObject(key, maximumBytes: maximumBytes)
            return WriteFinding(current, wrote: bytes, condition)
        } catch let error as StorageError where error.kind == .tooLong {
            return .refused(nil)
        }
    }
}

/// What a look at the store says about a write whose outcome is in doubt.
enum WriteFinding: Hashable {
    case own(etag: String)
    case refused(ObjectContent?)
    /// The condition still holds, and our bytes are not there: the write has not happened.
    case undecided

    init(_ current: ObjectContent?, wrote bytes: [UInt8], _ condition: WriteCondition) {
        if let current, current.bytes == bytes {
            self = .own(etag: current.info.etag)
        } else if Self.holds(condition, current) {
            self = .undecided
        } else {
            self = .refused(current)
        }
    }

    private static func holds(_ condition: WriteCondition, _ current: ObjectContent?) -> Bool {
        switch condition {
        case .absent: current == nil
        case .etag(let etag): current?.info.etag == etag
        }
    }
}
