internal import HTTP
internal import ObjectStorage
internal import PipelineKit

/// Makes objects what they must be, in the cheapest way: leaves what is right, copies inside the store, sends the rest.
struct ObjectSender: Sendable {
    private let objects: any ObjectStorage
    private let clock: any RunClock
    private let partSize: Int
    private let comparison: ObjectComparison
    /// Throws if the objects have become another run's. Nil if they are nobody's.
    private let requireOwn: (@Sendable () async throws -> Void)?

    /// How often files are sent that the store would not take in time, each call's own retries not counted.
    private static let maximumRounds = 6

    init(
        _ objects: any ObjectStorage, clock: any RunClock, partSize: Int,
        requireOwn: (@Sendable () async throws -> Void)?
    ) {
        (self.objects, self.clock, self.partSize, self.requireOwn) = (objects, clock, partSize, requireOwn)
        comparison = ObjectComparison(objects, partSize: partSize, readsBack: requireOwn != nil)
    }

    func place(_ jobs: [ObjectJob]) async throws -> Placement {
        var placement = Placement()
        var uploads: [ObjectUpload] = []
        var refused: [ObjectUpload] = []
        let right = try await comparison.areRight(jobs)
        for (job, isRight) in zip(jobs, right) where isRight {
            guard let present = job.present else { continue }
            placement.counts.skipped += 1
            placement.objects.append(PlacedObject(key: job.upload.key, etag: present.etag))
        }
        if zip(jobs, right).contains(where: { !$1 && $0.upload.replaces }) { try await requireOwn?() }
        let largestCopy = objects.capabilities.copies?.maximumSize
        try await withThrowingTaskGroup(of: (ObjectUpload, CopyOutcome).self) { group in
            for (job, isRight) in zip(jobs, right) where !isRight {
                guard let source = job.copySource, let largestCopy, job.upload.size <= largestCopy else {
                    uploads.append(job.upload)
                    continue
                }
                group.addTask { (job.upload, try await copy(source, to: job.upload)) }
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
        for resolved in await refused.concurrentResults({ try await resolve($0) }) {
            placement.objects.append(try resolved.get())
        }
        return placement
    }

    private func copy(_ source: String, to upload: ObjectUpload) async throws -> CopyOutcome {
        try await objects.copyObject(
            from: source, ifMatch: nil, to: upload.key, headers: upload.headers, if: upload.condition)
    }

    /// Decides about an object that could not be written because its condition did not hold: a reply of our own was
    /// lost, or another run stores it. The one that has the upload replaces what the other has stored, until the other
    /// notices.
    private func resolve(_ upload: ObjectUpload) async throws -> PlacedObject {
        var upload = upload
        // True once the storage has refused an object because something is there, and said that nothing is.
        var contradictsItself = false
        for round in 1...Self.maximumRounds {
            if round > 1 { try await clock.sleep(for: .milliseconds(100 << round)) }
            if let there = try await objects.headObject(upload.key) {
                if try await isRight(there, upload) { return PlacedObject(key: upload.key, etag: there.etag) }
                // In this order: what was there before this look at the record is no other owner's.
                try await requireOwn?()
                upload.condition = .etag(there.etag)
            } else {
                upload.condition = .absent
                // Servers that keep keys as folders (SeaweedFS) say of `docs` that something is there as soon as `docs/a.html`
                // is, and take it without the condition.
                if contradictsItself {
                    try await requireOwn?()
                    upload.condition = nil
                }
            }
            for case (_, let outcome) in try await send([upload]) {
                if case .written(let etag) = outcome { return PlacedObject(key: upload.key, etag: etag) }
                contradictsItself = outcome == .conditionFalse && upload.condition == .absent
            }
        }
        throw StepError(
            "object-contended",
            "\(objects.url(upload.key)) could not be stored in \(Self.maximumRounds) tries: something else writes it at the same time",
            help: "find out what else writes into the bucket, wait for it to end, then run this again", retry: .conflict
        )
    }

    private func isRight(_ there: ObjectInfo, _ upload: ObjectUpload) async throws -> Bool {
        guard there.size == upload.size, upload.headers.agree(withReply: there.headers) else { return false }
        let file = ListedFile(key: upload.key, size: there.size, etag: there.etag)
        return try await comparison.areRight([ObjectJob(upload: upload, present: file)]) == [true]
    }

    private func send(_ uploads: [ObjectUpload]) async throws -> [(ObjectUpload, WriteOutcome)] {
        guard let limits = objects.capabilities.multipart else { return try await sendWhole(uploads) }
        var outcomes = try await sendWhole(uploads.filter { $0.size <= partSize })
        for upload in uploads where upload.size > partSize {
            outcomes.append((upload, try await sendInParts(upload, limits)))
        }
        return outcomes
    }

    private func sendWhole(_ uploads: [ObjectUpload]) async throws -> [(ObjectUpload, WriteOutcome)] {
        var outcomes: [(ObjectUpload, WriteOutcome)] = []
        var rest = uploads
        for round in 1... {
            if rest.isEmpty { break }
            let results = await objects.put(rest)
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

    private func sendInParts(
        _ upload: ObjectUpload, _ limits: StorageCapabilities.PartLimits
    ) async throws -> WriteOutcome {
        guard let plan = PartPlan(size: upload.size, partSize: partSize, limits) else {
            throw StepError(
                "file-too-large",
                "\(upload.file) has \(ByteCount(upload.size).text), which is more than the store takes in one object",
                help: "leave it out with `exclude`, or split it")
        }
        let source = try UploadSource(upload, place: objects.url(upload.key))
        // Parts are hashed one by one: only this tells that all of them together are what was asked for.
        if upload.sha256 != nil { _ = try await BlockingWork.run { _ in try source.load() } }
        let outcome = try await objects.putInParts(
            upload.key, plan, headers: upload.headers, if: upload.condition, clock: clock
        ) { range in try await FilePart(source.file, range).load() }
        try source.checkUnchanged()
        return outcome
    }
}

extension ObjectUpload {
    /// True if it is meant to replace an object.
    fileprivate var replaces: Bool {
        if case .etag = condition { true } else { false }
    }
}
