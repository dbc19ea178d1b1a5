internal import AWS
internal import Digest
internal import HTTP
internal import PipelineKit

/// Makes objects be what they are to be, in the cheapest way: leaves what is right, copies inside the store, sends the rest.
struct ObjectSender: Sendable {
    let client: S3Client
    let clock: any RunClock
    let partSize: Int

    /// How often files are sent that the store would not take in time, each call's own retries not counted.
    private static let maximumRounds = 6
    /// Each has a file hashed by a thread of its own.
    private static let questionsAtOnce = 128

    func place(_ jobs: [ObjectJob]) async throws -> TransferCounts {
        var counts = TransferCounts()
        var uploads: [ObjectUpload] = []
        let right = try await areRight(jobs)
        counts.skipped = right.count { $0 }
        try await withThrowingTaskGroup(of: (ObjectUpload, isCopied: Bool).self) { group in
            for (job, isRight) in zip(jobs, right) where !isRight {
                guard let twin = job.twin, job.upload.size <= BucketTransfer.largestCopy else {
                    uploads.append(job.upload)
                    continue
                }
                group.addTask { (job.upload, try await copy(twin, to: job.upload)) }
            }
            for try await (upload, isCopied) in group {
                if isCopied { counts.copied += 1 } else { uploads.append(upload) }
            }
        }
        try await send(uploads.filter { $0.size <= partSize })
        for upload in uploads where upload.size > partSize { try await sendInParts(upload) }
        counts.uploaded = uploads.count
        counts.bytes = uploads.reduce(0) { $0 + $1.size }
        return counts
    }

    /// - Returns: false where the object to copy from is gone.
    private func copy(_ twin: String, to upload: ObjectUpload) async throws -> Bool {
        switch try await client.copyObject(from: twin, to: upload.key, headers: upload.headers) {
        case .copied: true
        case .sourceMissing, .sourceChanged: false
        }
    }

    /// Whether the objects that are there have the bytes that are wanted: by the ETag where that is an MD5, by S3's own
    /// SHA-256 where it says no.
    private func areRight(_ jobs: [ObjectJob]) async throws -> [Bool] {
        let candidates = jobs.indices.filter { jobs[$0].present != nil }
        var right = jobs.map { _ in false }
        if candidates.isEmpty { return right }
        let threads = min(BlockingWork.processors, candidates.count / 16 + 1)
        let found = try await BlockingWork.run(threads: threads) { worker, flag in
            let digester = PartDigester()
            return try stride(from: worker, to: candidates.count, by: threads).map { place in
                (candidates[place], try hasRightETag(jobs[candidates[place]], digester, flag))
            }
        }
        for (index, isRight) in found.joined() { right[index] = isRight ?? false }
        let doubtful = found.joined().filter { $0.1 == nil }.map(\.0)
        for (index, isRight) in zip(doubtful, try await haveRightSHA256(doubtful.map { jobs[$0] })) {
            right[index] = isRight
        }
        return right
    }

    /// Whether the object that is there has the bytes that are wanted, as far as its ETag tells. It blocks.
    ///
    /// - Parameter digester: nil where this machine has no MD5.
    /// - Returns: nil where it does not tell: the ETag is not the file's MD5, and under some encryptions it only looks
    ///   like one.
    func hasRightETag(_ job: ObjectJob, _ digester: PartDigester?, _ flag: CancellationFlag) throws -> Bool? {
        guard let present = job.present else { return false }
        let etag = ObjectETag(present.etag)
        let upload = job.upload
        return try etag.matches(upload.file, size: upload.size, partSize: partSize, digester, flag) ? true : nil
    }

    /// The same by S3's own SHA-256, where an object has one.
    func haveRightSHA256(_ jobs: [ObjectJob]) async throws -> [Bool] {
        try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            var right = jobs.map { _ in false }
            for (index, job) in jobs.enumerated() {
                if index >= Self.questionsAtOnce, let (asked, isRight) = try await group.next() {
                    right[asked] = isRight
                }
                group.addTask {
                    guard let object = try await client.headObject(job.upload.key) else { return (index, false) }
                    return (index, object.matches(try await digest(of: job.upload)) ?? false)
                }
            }
            for try await (asked, isRight) in group { right[asked] = isRight }
            return right
        }
    }

    private func digest(of upload: ObjectUpload) async throws -> SHA256Digest {
        if let known = upload.sha256 { return known }
        let source = try UploadSource(upload, place: client.url(upload.key))
        return try await BlockingWork.run { _ in try source.load().1 }
    }

    private func send(_ uploads: [ObjectUpload]) async throws {
        var rest = uploads
        for round in 1... {
            if rest.isEmpty { return }
            let results = await client.put(rest)
            var throttled: [ObjectUpload] = []
            for (upload, result) in zip(rest, results) {
                guard case .failure(let error) = result else { continue }
                // The window is smaller by now; with a pause the store gets time to breathe.
                guard let described = error as? any DescribedError, described.retryClass == .throttle,
                    round < Self.maximumRounds
                else { throw error }
                throttled.append(upload)
            }
            rest = throttled
            if !rest.isEmpty { try await clock.sleep(for: .seconds(round)) }
        }
    }

    private func sendInParts(_ upload: ObjectUpload) async throws {
        guard let plan = PartPlan(size: upload.size, partSize: partSize) else {
            throw StepError(
                "file-too-large", "\(upload.file) has \(ByteCount(upload.size).text), and S3 takes no such object",
                help: "leave it out with `exclude`, or split it")
        }
        let source = try UploadSource(upload, place: client.url(upload.key))
        // Parts are hashed one by one: only this tells that all of them together are what was asked for.
        if upload.sha256 != nil { _ = try await BlockingWork.run { _ in try source.load() } }
        let parts = MultipartUpload(
            client: client, key: upload.key, headers: upload.headers, plan: plan, clock: clock)
        _ = try await parts.run { range in try await FilePart(upload.file, range).load() }
        try source.checkUnchanged()
    }
}
