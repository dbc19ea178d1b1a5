internal import Digest
package import ObjectStorage
package import PipelineKit

/// Finds the objects that already have the bytes of their files: by the ETag if that is an MD5, by the storage's own
/// SHA-256 if the ETag says no, and by a look at the bytes if neither tells.
package struct ObjectComparison: Sendable {
    private let objects: any ObjectStorage
    private let partSize: Int
    /// True if a doubtful object is read back. If false, it counts as wrong and is sent again.
    private let readsBack: Bool

    /// Each has a file hashed by a thread of its own.
    private static let questionsAtOnce = 128

    /// - Parameter partSize: larger files are sent in parts of this size, in bytes: ETags depend on it.
    package init(_ objects: any ObjectStorage, partSize: Int, readsBack: Bool) {
        (self.objects, self.partSize, self.readsBack) = (objects, partSize, readsBack)
    }

    /// - Returns: for each job, true if the object that is there has the bytes that are wanted; false if none is there.
    func areRight(_ jobs: [ObjectJob]) async throws -> [Bool] {
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

    /// True if the object that is there has the bytes that are wanted, as far as its ETag tells. It blocks.
    ///
    /// - Parameter digester: nil if this machine has no MD5.
    /// - Returns: nil if it does not tell: the ETag is not the file's MD5, and under some encryptions it only looks
    ///   like one.
    package func hasRightETag(
        _ job: ObjectJob, _ digester: PartDigester?, _ flag: CancellationFlag
    ) throws -> Bool? {
        guard let present = job.present else { return false }
        let etag = ObjectETag(present.etag)
        let upload = job.upload
        return try etag.matches(upload.open, size: upload.size, partSize: partSize, digester, flag) ? true : nil
    }

    /// The same by the storage's own SHA-256, if an object has one.
    package func haveRightSHA256(_ jobs: [ObjectJob]) async throws -> [Bool] {
        if !readsBack, !objects.capabilities.knowsSHA256 { return jobs.map { _ in false } }
        return try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            var right = jobs.map { _ in false }
            for (index, job) in jobs.enumerated() {
                if index >= Self.questionsAtOnce, let (asked, isRight) = try await group.next() {
                    right[asked] = isRight
                }
                group.addTask {
                    guard let object = try await objects.headObject(job.upload.key) else { return (index, false) }
                    let digest = try await digest(of: job.upload)
                    if let isRight = object.matches(digest) { return (index, isRight) }
                    // Sending it again would be no cheaper, and would replace what may be right.
                    guard readsBack, object.size == job.upload.size else { return (index, false) }
                    return (index, try await objects.readDigest(of: job.upload.key) == digest)
                }
            }
            for try await (asked, isRight) in group { right[asked] = isRight }
            return right
        }
    }

    private func digest(of upload: ObjectUpload) async throws -> SHA256Digest {
        if let known = upload.sha256 { return known }
        let source = try UploadSource(upload, place: objects.url(upload.key))
        return try await BlockingWork.run { _ in try source.load().1 }
    }
}
