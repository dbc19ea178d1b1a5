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

    private enum Way { case left, copied, sent }

    func place(_ jobs: [ObjectJob]) async throws -> TransferCounts {
        var counts = TransferCounts()
        var uploads: [ObjectUpload] = []
        try await withThrowingTaskGroup(of: (ObjectJob, Way).self) { group in
            for job in jobs {
                guard job.present != nil || job.twin != nil else {
                    uploads.append(job.upload)
                    continue
                }
                group.addTask { (job, try await spare(job)) }
            }
            for try await (job, way) in group {
                switch way {
                case .left: counts.skipped += 1
                case .copied: counts.copied += 1
                case .sent: uploads.append(job.upload)
                }
            }
        }
        try await send(uploads.filter { $0.size <= partSize })
        for upload in uploads where upload.size > partSize { try await sendInParts(upload) }
        counts.uploaded = uploads.count
        counts.bytes = uploads.reduce(0) { $0 + $1.size }
        return counts
    }

    /// - Returns: `sent` for what cannot be spared.
    private func spare(_ job: ObjectJob) async throws -> Way {
        if let present = job.present, try await isRight(present, job.upload) { return .left }
        guard let twin = job.twin, job.upload.size <= BucketTransfer.largestCopy else { return .sent }
        switch try await client.copyObject(from: twin, to: job.upload.key, headers: job.upload.headers) {
        case .copied: return .copied
        case .sourceMissing, .sourceChanged: return .sent
        }
    }

    /// Whether an object has the bytes that are wanted: by its ETag where that is an MD5, by S3's own SHA-256 otherwise.
    private func isRight(_ present: ListedFile, _ upload: ObjectUpload) async throws -> Bool {
        let (etag, partSize) = (ObjectETag(present.etag), partSize)
        let isSame = try await BlockingWork.run { flag in
            try etag.matches(upload.file, size: upload.size, partSize: partSize, flag)
        }
        if isSame { return true }
        return try await client.headObject(upload.key)?.matches(upload.sha256) ?? false
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
        _ = try await BlockingWork.run { _ in try source.load() }
        let parts = MultipartUpload(
            client: client, key: upload.key, headers: upload.headers, plan: plan, clock: clock)
        _ = try await parts.run { range in try await FilePart(upload.file, range).load() }
        try source.checkUnchanged()
    }
}
