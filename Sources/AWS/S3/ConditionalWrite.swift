internal import Digest
internal import HTTP
public import PipelineKit

/// What is stored after a conditional write, once that is known.
public enum SettledWrite: Hashable, Sendable {
    /// Our bytes are stored, by this attempt or by an earlier one whose reply was lost.
    case written(etag: String)
    /// The condition is false. What is stored instead; nil where nothing is, or something longer than the limit.
    case refused(ObjectContent?)
}

/// A small record, written if a condition holds, with every doubt about the outcome settled by a look at what is stored.
///
/// A retried conditional write fails against its own first try when the first reply was lost. So the bytes must be such
/// as nobody else writes: they hold a nonce, or the run's id.
public struct ConditionalWrite: Sendable {
    public var client: S3Client
    public var clock: any RunClock
    /// How often the write is tried where the store cannot decide (409), or no reply comes.
    public var maximumTries = 5
    /// The longest record that is read back, in bytes.
    public var maximumBytes = 1 << 20

    public init(client: S3Client, clock: any RunClock) {
        self.client = client
        self.clock = clock
    }

    /// - Throws: what `AWSSender.send` throws, where the last try had no reply and its bytes are not stored; `contended`.
    public func put(
        _ key: String, _ bytes: [UInt8], headers: ObjectHeaders = ObjectHeaders(), if condition: WriteCondition
    ) async throws -> SettledWrite {
        let digest = SHA256.hash(bytes)
        var mayBeOwn = false
        for attempt in 1...maximumTries {
            var lost: (any Error)?
            do {
                switch try await client.putObject(key, .bytes(bytes), sha256: digest, headers: headers, if: condition) {
                case .written(let etag): return .written(etag: etag)
                case .conditionFalse(let doubt): mayBeOwn = mayBeOwn || doubt
                case .contended: break
                }
            } catch let error as TransportError {
                (lost, mayBeOwn) = (error, true)
            } catch let error as AWSError where error.mayHaveBeenApplied || error.status >= 500 {
                (lost, mayBeOwn) = (error, true)
            }
            switch try await look(at: key, for: bytes, condition, mayBeOwn: mayBeOwn) {
            case .own(let etag): return .written(etag: etag)
            case .refused(let content): return .refused(content)
            case .undecided: break
            }
            if let lost, attempt == maximumTries { throw lost }
            try await clock.sleep(for: .milliseconds(200 << attempt))
        }
        throw S3Error(
            .contended, "PutObject", client.url(key),
            "the store did not decide a conditional write in \(maximumTries) tries", retry: .conflict)
    }

    private func look(
        at key: String, for bytes: [UInt8], _ condition: WriteCondition, mayBeOwn: Bool
    ) async throws -> Finding {
        do {
            let current = try await client.getObject(key, maximumBytes: maximumBytes)
            return Finding(current, wrote: bytes, condition, mayBeOwn: mayBeOwn)
        } catch let error as S3Error where error.kind == .tooLong {
            return .refused(nil)
        }
    }
}

/// What a look at the store says about a write whose outcome is in doubt.
enum Finding: Hashable {
    case own(etag: String)
    case refused(ObjectContent?)
    /// The condition still holds, and our bytes are not there: the write has not happened.
    case undecided

    init(_ current: ObjectContent?, wrote bytes: [UInt8], _ condition: WriteCondition, mayBeOwn: Bool) {
        if mayBeOwn, let current, current.bytes == bytes {
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
