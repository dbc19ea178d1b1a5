internal import Logging
internal import PipelineKit
internal import Releases

/// The three parts of making a release: begin, transfer, seal. What one of them needs of the others is the right to the
/// release (`Upload`) and what the store said of the files (`Transferred`).
extension Sync {
    /// Gets the right to make the release, and writes down which files it will have.
    ///
    /// - Throws: `UploadConflict` if another run has made the release.
    func begin(
        _ wanted: WantedRelease, in store: any ReleaseStore, _ context: StepContext
    ) async throws -> Upload {
        try await store.begin(options.version, wanted.manifest, in: context)
    }

    /// Brings the files into the store. They are durable when this returns.
    ///
    /// - Throws: `StepError` `source-changed` if a file is no longer what the asset list says; `UploadConflict`.
    func transfer(
        _ wanted: WantedRelease, copying previous: ReleasePlan.Previous?, for upload: Upload,
        to store: any ReleaseStore, _ context: StepContext
    ) async throws -> Transferred {
        let transferred = try await store.transfer(wanted.plan(previous), of: upload, in: context)
        try await store.flush()
        return transferred
    }

    /// Compares what is stored with the manifest, and makes the release complete by writing the manifest.
    ///
    /// - Throws: `StepError` `incomplete-release`; `UploadConflict` if the upload is another run's by now.
    func seal(
        _ upload: Upload, _ transferred: Transferred, in store: any ReleaseStore, _ context: StepContext
    ) async throws {
        // If another run owns the release by now, every file may differ: one error says so.
        try await store.requireOwn(upload, in: context.folder)
        func check() async throws -> Completeness {
            try await store.check(
                options.version, against: upload.manifest, transferred.receipts, options.verify, in: context.folder)
        }
        var completeness = try await check()
        if !completeness.isComplete, try await store.removeLateFiles(of: upload, in: context.folder) {
            completeness = try await check()
        }
        guard completeness.isComplete else {
            // It may have become another run's while it was compared.
            try await store.requireOwn(upload, in: context.folder)
            throw StepError(
                "incomplete-release",
                "release \(options.version) in \(store.resource) is not what its manifest says: "
                    + completeness.text,
                help: "find out what else writes into \(store.location(of: options.version)), then run again")
        }
        try await store.complete(upload, in: context.folder)
    }
}
