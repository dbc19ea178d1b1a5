public import PipelineKit
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

    /// Takes a release out of the store: first it is no longer complete, then its files go. What is interrupted is
    /// finished by `finishRetirements`.
    ///
    /// - Parameter run: the run that made or makes the release; nil if that does not matter. What another run has made stays.
    /// - Returns: what stays because it is none of the runner's, for a warning; nil if nothing does.
    /// - Throws: `StepError` `release-in-use` if a pointer is at it; `UnfinishedRetirement`.
    @discardableResult
    public func retire(_ version: ReleaseVersion, of run: String? = nil, in context: StepContext) async throws
        -> String?
    {
        try await refuseIfPointedAt(version, to: "retired", help: "point it at another release first", in: context)
        do {
            for record in [StoreRecord.manifest(of: version), .incoming(version)] {
                guard let tag = try await tag(of: record, ofRun: run, in: context.folder) else { continue }
                try await move(record, to: .trash(version), unlessChanged: tag)
                break
            }
            return try await finishRetirement(.trash(version), version, in: context.folder)
        } catch let error as any DescribedError {
            throw await unfinished(version, error)
        }
    }

    /// Finishes what somebody else has begun to retire. What cannot be finished is no reason not to go on: it stays
    /// noted, and whoever comes next tries again.
    ///
    /// - Parameter version: what is to be made next. What is left of an earlier release of that name has to be gone.
    /// - Returns: what stays and why, for warnings.
    /// - Throws: `StepError` `release-in-use` and `UnfinishedRetirement` of `version` alone.
    public func finishRetirements(before version: ReleaseVersion? = nil, in context: StepContext) async throws
        -> [String]
    {
        var warnings: [String] = []
        for record in try await recordsOfRetirements(before: version, &warnings) {
            try Task.checkCancellation()
            guard let retiring = try? ReleaseVersion(String(record.name.dropLast(".jsonl".count))) else {
                warnings.append("\(location(of: record)) names no release, and stays")
                continue
            }
            do {
                if let stays = try await finishRetirement(of: retiring, in: context) { warnings.append(stays) }
            } catch let error as UnfinishedRetirement where retiring != version {
                warnings.append(error.warning)
            } catch let error as any DescribedError where retiring != version {
                warnings.append("release \(retiring) is not deleted: \(error.notice)")
            }
        }
        return warnings
    }

    /// The state of a record; nil if there is none, or that of another run.
    private func tag(of record: StoreRecord, ofRun run: String?, in folder: FilePath) async throws -> RecordTag? {
        guard let run else { return try await tag(of: record) }
        guard let there = try await state(of: record, in: folder), there.header.runID == run else { return nil }
        return there.tag
    }

    /// If they cannot be listed, that of the version alone is looked for.
    private func recordsOfRetirements(
        before version: ReleaseVersion?, _ warnings: inout [String]
    ) async throws -> [StoreRecord] {
        do {
            return try await records(in: .trash).filter { $0.name.hasSuffix(".jsonl") }
        } catch let error as any DescribedError {
            warnings.append("what is on its way out of \(resource) cannot be listed: \(error.notice)")
            guard let version, try await exists(.trash(version)) else { return [] }
            return [.trash(version)]
        }
    }

    private func finishRetirement(of version: ReleaseVersion, in context: StepContext) async throws -> String? {
        try await refuseIfPointedAt(version, to: "retired", help: "point it at another release first", in: context)
        do {
            // Stopped between the two records: a release must not count as complete while its files go.
            // In this order: a manifest that was there before this look at the trash is no newer release's, for whoever makes
            // one empties the trash first.
            if let tag = try await tag(of: .manifest(of: version)), try await exists(.trash(version)) {
                try await move(.manifest(of: version), to: .trash(version), unlessChanged: tag)
            }
            return try await finishRetirement(.trash(version), version, in: context.folder)
        } catch let error as any DescribedError {
            throw await unfinished(version, error)
        }
    }

    /// - Returns: what stays, for a warning.
    func finishRetirement(
        _ record: StoreRecord, _ version: ReleaseVersion, in folder: FilePath
    ) async throws -> String? {
        guard let manifest = try await file(of: record, in: folder) else { return nil }
        try await dropOverlap(into: version, in: folder)
        // Whoever makes the release anew finishes this first: its files are not to be taken for what was left.
        try await removeFiles(of: version, namedBy: manifest, keeping: nil) { try await exists(record) }
        try await delete(record)
        let place = location(of: version)
        do {
            let remains = try await remains(of: version)
            if let replacement = remains.replacement { return "\(place) stays: it is \(replacement)" }
            if remains.unknown.isEmpty { return nil }
            return "\(place) stays, for no record names what is left in it: \(remains.unknownText)"
        } catch let error as any DescribedError {
            return "what may be left in \(place) cannot be listed: \(error.notice)"
        }
    }
}
