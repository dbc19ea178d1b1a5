internal import PipelineKit
public import SystemPackage

extension ReleaseStore {
    /// A file of this machine with the manifest of a complete release; nil where it is not complete.
    public func manifest(of version: ReleaseVersion, in folder: FilePath) async throws -> FilePath? {
        try await file(of: .manifest(of: version), in: folder)
    }

    public func isComplete(_ version: ReleaseVersion) async throws -> Bool {
        try await exists(.manifest(of: version))
    }

    /// The header of a complete release; nil where it is not complete.
    public func header(of version: ReleaseVersion, in folder: FilePath) async throws -> ManifestHeader? {
        try await header(in: .manifest(of: version), copiedTo: folder)
    }

    /// The newest deployed release that is complete, to copy unchanged files from; where none was ever deployed from the
    /// store, as with previews, the newest complete one.
    public func releaseToReuse(for version: ReleaseVersion, in folder: FilePath) async throws
        -> (version: ReleaseVersion, manifest: FilePath)?
    {
        var manifest: FilePath?
        let deployment = try await newestDeployment { deployment in
            guard deployment.version != version else { return false }
            manifest = try await self.manifest(of: deployment.version, in: folder)
            return manifest != nil
        }
        if let deployment, let manifest { return (deployment.version, manifest) }
        guard let newest = try await newestManifest(but: version, in: folder),
            let manifest = try await self.manifest(of: newest, in: folder)
        else { return nil }
        return (newest, manifest)
    }

    /// - Returns: nil also where there are more than would pay to look at.
    private func newestManifest(but version: ReleaseVersion, in folder: FilePath) async throws -> ReleaseVersion? {
        let records = try await records(in: .manifests)
        guard records.count <= 64 else { return nil }
        var newest: ManifestHeader?
        for record in records where record != .manifest(of: version) {
            guard let header = try await header(in: record, copiedTo: folder) else { continue }
            if newest.map({ $0.createdAt < header.createdAt }) ?? true { newest = header }
        }
        return newest?.version
    }

    /// Says durably which files an upload is going to store, before the first of them: what an interrupted upload has
    /// left can then be told from what is none of the runner's. Files of an earlier one that are not wanted any more
    /// are removed.
    public func begin(_ version: ReleaseVersion, _ manifest: FilePath, in folder: FilePath) async throws {
        try await dropOverlap(into: version, keeping: manifest, in: folder)
        if let earlier = try await file(of: .incoming(version), in: folder) {
            try await removeFiles(of: version, namedBy: earlier, keeping: manifest)
        }
        try await put(manifest, as: .incoming(version))
    }

    /// The header of a release, complete or being uploaded; nil where there is neither.
    public func headerOfUpload(_ version: ReleaseVersion, in folder: FilePath) async throws -> ManifestHeader? {
        if let header = try await header(of: version, in: folder) { return header }
        return try await header(in: .incoming(version), copiedTo: folder)
    }

    /// Takes a release out of the store: first it is no longer complete, then its files go. What is interrupted is
    /// finished by `finishRetirements`.
    ///
    /// - Throws: `StepError` `release-in-use` where a pointer is at it.
    public func retire(_ version: ReleaseVersion, in folder: FilePath) async throws {
        try await refuseIfPointedAt(version, to: "retired", help: "point it at another release first")
        if try await exists(.manifest(of: version)) {
            try await move(.manifest(of: version), to: .trash(version))
        } else if try await exists(.incoming(version)) {
            try await move(.incoming(version), to: .trash(version))
        }
        try await finishRetirement(.trash(version), version, in: folder)
    }

    /// Finishes what somebody else has begun to retire.
    public func finishRetirements(in folder: FilePath) async throws {
        for record in try await records(in: .trash) {
            guard record.name.hasSuffix(".jsonl") else { continue }
            let version = try ReleaseVersion(String(record.name.dropLast(".jsonl".count)))
            try await refuseIfPointedAt(version, to: "retired", help: "point it at another release first")
            try await finishRetirement(record, version, in: folder)
        }
    }

    private func finishRetirement(_ record: StoreRecord, _ version: ReleaseVersion, in folder: FilePath) async throws {
        guard let manifest = try await file(of: record, in: folder) else { return }
        try await dropOverlap(into: version, in: folder)
        try await removeFiles(of: version, namedBy: manifest, keeping: nil)
        try await delete(record)
    }
}
