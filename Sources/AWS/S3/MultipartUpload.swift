internal import Digest
public import ObjectStorage
public import PipelineKit
internal import Synchronization
internal import TextCoding

/// Sends one object in parts, several at a time, and leaves no parts behind if that fails.
///
/// It always begins with the first part, and resumes no upload of another run. `UnfinishedUpload` decides what becomes of
/// such a one, and tells why.
public struct MultipartUpload: Sendable {
    public var client: S3Client
    public var key: String
    public var headers: ObjectHeaders
    public var plan: PartPlan
    /// What must hold when the parts are joined; a server that knows no conditions is looked at before.
    public var condition: WriteCondition?
    /// Parts under way at the same time.
    public var concurrency: Int
    public var clock: any RunClock

    /// How often the upload is started anew if the store asks for that.
    private static let maximumStarts = 3

    public init(
        client: S3Client, key: String, headers: ObjectHeaders, plan: PartPlan, if condition: WriteCondition? = nil,
        concurrency: Int = 4, clock: any RunClock
    ) {
        self.client = client
        self.key = key
        self.headers = headers
        self.plan = plan
        self.condition = condition
        self.concurrency = concurrency
        self.clock = clock
    }

    /// - Parameter sent: called with the size of each part that has arrived.
    /// - Returns: the object's ETag, or that the condition is false; never `contended`.
    /// - Throws: what `AWSSender.send` and `source` throw. The upload is then aborted as far as the store can be
    ///   reached; what stays is in `listMultipartUploads`.
    public func run(
        _ source: @escaping PartSource, sent: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> WriteOutcome {
        for _ in 1...Self.maximumStarts {
            switch try await start(source, sent) {
            case .contended: continue
            case let outcome: return outcome
            }
        }
        throw S3Error(
            .contended, "CompleteMultipartUpload", client.url(key),
            "the store refused to join the parts \(Self.maximumStarts) times", retry: .conflict)
    }

    /// - Returns: `contended` if the upload must be started anew.
    private func start(
        _ source: @escaping PartSource, _ sent: @escaping @Sendable (Int) -> Void
    ) async throws -> WriteOutcome {
        let uploadID = try await begin()
        do {
            let parts = try await send(uploadID, source, sent)
            let outcome = try await complete(uploadID, parts)
            if case .written = outcome { return outcome }
            await abandon(uploadID)
            return outcome
        } catch {
            await abandon(uploadID)
            throw error
        }
    }

    /// A call that was repeated, or had no usable reply, may have begun an upload whose id nobody was told. It would
    /// stay for ever and cost money.
    private func begin() async throws -> String {
        let attempts = Mutex(0)
        do {
            let uploadID = try await client.createMultipartUpload(key, headers: headers) { number in
                attempts.withLock { $0 = number }
            }
            if attempts.withLock({ $0 > 1 }) { await abandonOthers(than: uploadID) }
            return uploadID
        } catch {
            if !(error is AWSError) || attempts.withLock({ $0 > 1 }) { await abandonOthers(than: nil) }
            throw error
        }
    }

    private func send(
        _ uploadID: String, _ source: @escaping PartSource, _ sent: @escaping @Sendable (Int) -> Void
    ) async throws -> [SentPart] {
        try await withThrowingTaskGroup(of: SentPart.self) { group in
            var parts: [SentPart] = []
            for number in 1...plan.count {
                if number > concurrency, let part = try await group.next() { parts.append(part) }
                group.addTask {
                    let (body, digest) = try await source(plan.range(of: number))
                    let part = try await client.uploadPart(
                        key, uploadID: uploadID, number: number, body, sha256: digest)
                    sent(part.size)
                    return SentPart(part: part, digest: digest)
                }
            }
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.part.number < $1.part.number }
        }
    }

    private func complete(_ uploadID: String, _ parts: [SentPart]) async throws -> WriteOutcome {
        do {
            return try await join(uploadID, parts.map(\.part))
        } catch let error as AWSError where error.status == 409 {
            return .contended
        } catch let error as AWSError where error.serviceCode == "NoSuchUpload" {
            return try await ownObject(parts) ?? .contended
        } catch let error as AWSError {
            guard let condition, let outcome = WriteOutcome(error, of: condition) else { throw error }
            return try await ownObject(parts) ?? outcome
        }
    }

    private func join(_ uploadID: String, _ parts: [UploadedPart]) async throws -> WriteOutcome {
        try await client.preferring(.checksums) {
            try await join(uploadID, parts, hasChecksums: true)
        } else: {
            try await join(uploadID, parts, hasChecksums: false)
        }
    }

    private func join(_ uploadID: String, _ parts: [UploadedPart], hasChecksums: Bool) async throws -> WriteOutcome {
        func send(_ condition: WriteCondition?) async throws -> WriteOutcome {
            .written(
                etag: try await client.completeMultipartUpload(
                    key, uploadID: uploadID, parts: parts, if: condition, hasChecksums: hasChecksums))
        }
        guard let condition else { return try await send(nil) }
        return try await client.preferring(.conditionalJoin(condition)) {
            try await send(condition)
        } else: {
            guard try await client.holds(condition, for: key) else { return .conditionFalse }
            return try await send(nil)
        } teachesIf: {
            $0 != .conditionFalse
        }
    }

    /// An earlier attempt, whose reply was lost, may have joined the parts: then the object says so.
    private func ownObject(_ parts: [SentPart]) async throws -> WriteOutcome? {
        guard let info = try await client.headObject(key), info.size == plan.size,
            info.checksumSHA256 == SentPart.compositeChecksum(parts)
        else { return nil }
        return .written(etag: info.etag)
    }

    /// In a task of its own: a cancelled one could send nothing. What went wrong before matters more than what goes
    /// wrong here, and the next run looks for what was left.
    private func abandon(_ uploadID: String) async {
        await Workplace.task { try? await client.abortUntilGone(key, uploadID: uploadID, clock: clock) }.value
    }

    private func abandonOthers(than own: String?) async {
        let pending = await Workplace.task { try? await client.listMultipartUploads(prefix: key) }.value ?? []
        for upload in pending where upload.key.utf8.elementsEqual(key.utf8) && upload.uploadID != own {
            await abandon(upload.uploadID)
        }
    }
}

struct SentPart: Sendable {
    var part: UploadedPart
    var digest: SHA256Digest

    /// The checksum of an object that was sent in parts: that of the parts' digests, and their number.
    static func compositeChecksum(_ parts: [SentPart]) -> String {
        let digest = SHA256.hash(parts.flatMap(\.digest.bytes))
        return Base64.encode(digest.bytes) + "-\(parts.count)"
    }
}
