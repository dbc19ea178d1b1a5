internal import AWS
internal import Digest
internal import PipelineKit
internal import SystemPackage

/// One object that is to be as a file is, and what may spare sending it.
struct ObjectJob: Sendable {
    var upload: ObjectUpload
    /// What lies there already, with the right headers and the right size; its bytes are still to be looked at.
    var present: ListedFile?
    /// The key of an object with the same bytes and headers.
    var twin: String?

    init(upload: ObjectUpload, present: ListedFile?) {
        (self.upload, self.present) = (upload, present)
    }

    /// - Throws: `StepError` `bad-asset-list` where the entry's SHA-256 is none.
    init(_ job: TransferJob, prefix: String, twinPrefix: String?, present: ListedFile?) throws {
        let entry = job.entry
        let digest = SHA256Digest(hex: entry.sha256)
        guard digest != nil || entry.sha256.isEmpty else {
            throw StepError(
                "bad-asset-list", "`\(entry.key)` has the SHA-256 `\(entry.sha256)`, which is none",
                help: "run the pipeline again from its `hash` step")
        }
        upload = ObjectUpload(
            key: prefix + entry.key, file: FilePath(job.asset.path), size: entry.size, sha256: digest,
            headers: ObjectRules.headers(of: entry))
        self.present = present.flatMap { $0.size == entry.size ? $0 : nil }
        twin = job.isReusable ? twinPrefix.map { $0 + entry.key } : nil
    }
}

/// An object that is as wanted.
struct PlacedObject: Hashable, Sendable {
    var key: String
    /// As the store has told it.
    var etag: String
}

/// What came of some jobs.
struct Placement: Sendable {
    var counts = TransferCounts()
    var objects: [PlacedObject] = []
}
