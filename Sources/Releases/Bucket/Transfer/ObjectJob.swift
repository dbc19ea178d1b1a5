internal import Digest
package import ObjectStorage
internal import PipelineKit
internal import SystemPackage

/// One object that must become what a file is, and what may spare sending it.
package struct ObjectJob: Sendable {
    package var upload: ObjectUpload
    /// What is there already, with the right headers and the right size; its bytes must still be looked at.
    var present: ListedFile?
    /// The key of an object with the same bytes and headers.
    var copySource: String?

    init(upload: ObjectUpload, present: ListedFile?) {
        (self.upload, self.present) = (upload, present)
    }

    /// - Parameters:
    ///   - prefix: of the object's key.
    ///   - sourcePrefix: of the key of an object that may be copied; nil if none may.
    ///   - files: opens those of the site.
    ///   - present: what is there; it counts if it has the right size.
    /// - Throws: `StepError` `bad-asset-list` if the entry's SHA-256 is none.
    package init(
        _ job: TransferJob, of files: SiteFiles, prefix: String, sourcePrefix: String?, present: ListedFile?
    ) throws {
        let entry = job.entry
        let digest = SHA256Digest(hex: entry.sha256)
        guard digest != nil || entry.sha256.isEmpty else {
            throw StepError(
                "bad-asset-list", "`\(entry.key)` has the SHA-256 `\(entry.sha256)`, which is not a SHA-256",
                help: "run the pipeline again from its `hash` step")
        }
        let stored = job.asset.stored
        upload = ObjectUpload(
            key: prefix + entry.key, file: FilePath(stored.path), size: entry.size, sha256: digest,
            headers: ObjectLimits.headers(of: entry), open: { try files.open(stored) })
        self.present = present.flatMap { $0.size == entry.size ? $0 : nil }
        copySource = job.isReusable ? sourcePrefix.map { $0 + entry.key } : nil
    }
}

/// An object that is as wanted.
struct PlacedObject: Hashable, Sendable {
    var key: String
    /// As the storage has told it.
    var etag: String
}

/// What came of some jobs.
struct Placement: Sendable {
    var counts = TransferCounts()
    var objects: [PlacedObject] = []
}
