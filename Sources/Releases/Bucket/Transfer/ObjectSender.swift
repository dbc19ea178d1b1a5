internal import AWS
internal import Digest
internal import HTTP
internal import PipelineKit

/// Makes objects be what they are to be, in the cheapest way: leaves what is right, copies inside the store, sends the rest.
struct ObjectSender: Sendable {
    let client: S3Client
    let clock: any RunClock
    let partSize: Int
    /// Throws if the objects have become another run's. Nil if they are nobody's, and then no object is read back to be
    /// spared.
    var requireOwn: (@Sendable () async throws -> Void)?

    /// How often files are sent that the store would not take in time, each call's own retries not counted.
    private static let maximumRounds = 6
    /// Each has a file hashed by a thread of its own.
    private static let questionsAtOnce = 128

    func place(_ jobs: [ObjectJob]) async throws -> Placement {
        var placement = Placement()
        var uploads: [ObjectUpload] = []
        var refused: [ObjectUpload] = []
        let right = try await areRight(jobs)
        for (job, isRight) in zip(jobs, right) where isRight {
            guard let present = job.present else { continue }
            placement.counts.skipped += 1
            placement.objects.append(PlacedObject(key: job.upload.key, etag: present.etag))
        }
        if zip(jobs, right).contains(where: { !$1 && $0.upload.replaces }) { try await requireOwn?() }
        try await withThrowingTaskGroup(of: (ObjectUpload, CopyOutcome).self) { group in
            for (job, isRight) in zip(jobs, right) where !isRight {
                guard let twin = job.twin, job.upload.size <= BucketTransfer.largestCopy else {
                    uploads.append(job.upload)
                    continue
                }
                group.addTask { (job.upload, try await copy(twin, to: job.upload)) }
            }
            for try await (upload, outcome) in group {
                switch outcome {
                case .copied(let etag):
                    placement.counts.copied += 1
                    placement.objects.append(PlacedObject(key: upload.key, etag: etag))
                case .sourceMissing, .sourceChanged: uploads.append(upload)
                case .conditionFalse, .contended: refused.append(upload)
                }
            }
        }
        placement.counts.copied += refused.count
        placement.counts.uploaded = uploads.count
        placement.counts.bytes = uploads.reduce(0) { $0 + $1.size }
        for (upload, outcome) in try await send(uploads) {
            if case .written(let etag) = outcome {
                placement.objects.append(PlacedObject(key: upload.key, etag: etag))
            } else {
                refused.append(upload)
            }
        }
        for settled in await refused.concurrentResults({ try await settle($0) }) {
            placement.objects.append(try settled.get())
        }
        return placement
    }

    private func copy(_ twin: String, to upload: ObjectUpload) async throws -> CopyOutcome {
        try await client.copyObject(from: twin, to: upload.key, headers: upload.headers, if: upload.condition)
    }

    /// Decides about an object that could not be written because its condition did not hold: a reply of our own was lost, or
    /// another run stores it. The one that has the upload replaces what the other has stored, until the other notices.
    private func settle(_ upload: ObjectUpload) async throws -> PlacedObject {
        var upload = upload
        for round in 1...Self.maximumRounds {
            if round > 1 { try await clock.sleep(for: .milliseconds(100 << round)) }
            if let there = try await client.headObject(upload.key) {
                if try await isRight(there, upload) { return PlacedObject(key: upload.key, etag: there.etag) }
                // In this order: what was there before this look at the record is no other owner's.
                try await requireOwn?()
                upload.condition = .etag(there.etag)
            } else {
                upload.condition = .absent
            }
            for case (_, .written(let etag)) in try await send([upload]) {
                return PlacedObject(key: upload.key, etag: etag)
            }
        }
        throw StepError(
            "object-contended",
            "\(client.url(upload.key)) could not be stored in \(Self.maximumRounds) tries: something else writes it at the same time",
            help: "find out what else writes into the bucket, let it end, and run this again", retry: .conflict)
    }

    private func isRight(_ there: ObjectInfo, _ upload: ObjectUpload) async throws -> Bool {
        guard there.size == upload.size, upload.headers.agree(withReply: there.headers) else { return false }
        let file = ListedFile(key: upload.key, size: there.size, etag: there.etag)
        return try await areRight([ObjectJob(upload: upload, present: file)]) == [true]
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
                    let digest = try await digest(of: job.upload)
                    if let isRight = object.matches(digest) { return (index, isRight) }
                    // Sending it again would be no cheaper, and would replace what may be right.
                    guard requireOwn != nil, object.size == job.upload.size else { return (index, false) }
                    let there = try await client.getObject(job.upload.key, to: { _ in true })
                    return (index, there?.sha256 == digest)
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

    private func send(_ uploads: [ObjectUpload]) async throws -> [(ObjectUpload, WriteOutcome)] {
        var outcomes = try await sendWhole(uploads.filter { $0.size <= partSize })
        for upload in uploads where upload.size > partSize { outcomes.append((upload, try await sendInParts(upload))) }
        return outcomes
    }

    private func sendWhole(_ uploads: [ObjectUpload]) async throws -> [(ObjectUpload, WriteOutcome)] {
        var outcomes: [(ObjectUpload, WriteOutcome)] = []
        var rest = uploads
        for round in 1... {
            if rest.isEmpty { break }
            let results = await client.put(rest)
            var throttled: [ObjectUpload] = []
            for (upload, result) in zip(rest, results) {
                switch result {
                case .success(let outcome): outcomes.append((upload, outcome))
                case .failure(let error):
                    // The window is smaller by now; with a pause the store gets time to breathe.
                    guard let described = error as? any DescribedError, described.retryClass == .throttle,
                        round < Self.maximumRounds
                    else { throw error }
                    throttled.append(upload)
                }
            }
            rest = throttled
            if !rest.isEmpty { try await clock.sleep(for: .seconds(round)) }
        }
        return outcomes
    }

    private func sendInParts(_ upload: ObjectUpload) async throws -> WriteOutcome {
        guard let plan = PartPlan(size: upload.size, partSize: partSize) else {
            throw StepError(
                "file-too-large", "\(upload.file) has \(ByteCount(upload.size).text), and S3 takes no such object",
                help: "leave it out with `exclude`, or split it")
        }
        let source = try UploadSource(upload, place: client.url(upload.key))
        // Parts are hashed one by one: only this tells that all of them together are what was asked for.
        if upload.sha256 != nil { _ = try await BlockingWork.run { _ in try source.load() } }
        let parts = MultipartUpload(
            client: client, key: upload.key, headers: upload.headers, plan: plan, if: upload.condition, clock: clock)
        let outcome = try await parts.run { range in try await FilePart(upload.file, range).load() }
        try source.checkUnchanged()
        return outcome
    }
}

extension ObjectUpload {
    /// Whether it is meant to replace an object.
    fileprivate var replaces: Bool {
        if case .etag = condition { true } else { false }
    }
}
