public import PipelineKit
public import SystemPackage

extension ReleaseStore {
    /// The manifest of a complete release, as a file on this machine; nil if the release is not complete.
    public func manifest(of version: ReleaseVersion, in folder: FilePath) async throws -> FilePath? {
        try await file(of: .manifest(of: version), in: folder)
    }

    public func isComplete(_ version: ReleaseVersion) async throws -> Bool {
        try await exists(.manifest(of: version))
    }

    /// The header of a complete release; nil if the release is not complete.
    public func header(of version: ReleaseVersion, in folder: FilePath) async throws -> ManifestHeader? {
        try await header(in: .manifest(of: version), copiedTo: folder)
    }

    /// The newest deployed release that is complete, to copy unchanged files from. If there is none, as with previews,
    /// the newest complete one.
    ///
    /// - Returns: `isLive` is true if the store's records say that visitors get it.
    public func releaseToReuse(for version: ReleaseVersion, in folder: FilePath) async throws
        -> (version: ReleaseVersion, manifest: FilePath, isLive: Bool)?
    {
        var manifest: FilePath?
        var isLive = true
        let deployment = try await newestDeployment { deployment in
            if deployment.version != version { manifest = try await self.manifest(of: deployment.version, in: folder) }
            if manifest == nil { isLive = false }
            return manifest != nil
        }
        if let deployment, let manifest { return (deployment.version, manifest, isLive) }
        guard let newest = try await newestManifest(but: version, in: folder),
            let manifest = try await self.manifest(of: newest, in: folder)
        else { return nil }
        return (newest, manifest, false)
    }

    /// - Returns: nil also if there are more manifests than it pays to look at.
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

    /// Takes a release out of the store: it first stops counting as complete, then its files are deleted.
    /// `finishRetirements` finishes what was interrupted.
    ///
    /// - Parameter run: the run that made or makes the release; nil if that does not matter. What another run has made
    ///   stays.
    /// - Returns: what stays because it is not the runner's, for a warning; nil if nothing does.
    /// - Throws: `StepError` `release-in-use` if a pointer points at it; `UnfinishedRetirement`.
    @discardableResult
    public func retire(_ version: ReleaseVersion, of run: String? = nil, in context: StepContext) async throws
        -> String?
    {
        try await refuseIfPointedAt(version, to: "retired", help: "point it at another release first", in: context)
        do {
            var isSettled = false
            let requests = UnansweredRequests()
            for record in [StoreRecord.manifest(of: version), .incoming(version)] {
                guard let tag = try await tag(of: record, ofRun: run, in: context.folder) else { continue }
                try await requests.noted(of: self).move(record, to: .trash(version), unlessChanged: tag)
                isSettled = true
                break
            }
            return try await finishRetirement(
                .trash(version), version, isSettled: isSettled, after: requests, in: context)
        } catch let lost as LeaseLost {
            // The release may be another run's by now: nobody is told how to delete it by hand.
            throw lost
        } catch let error as any DescribedError {
            throw await unfinished(version, error)
        }
    }

    /// Finishes retirements that another run has begun. One that cannot be finished does not stop the others: it stays
    /// on record, and the next run retries it.
    ///
    /// - Parameter version: the release that will be made next. What is left of an earlier release of that name must be
    ///   gone.
    /// - Returns: what stays and why, for warnings.
    /// - Throws: `StepError` `release-in-use` and `UnfinishedRetirement`, but only for `version`.
    public func finishRetirements(before version: ReleaseVersion? = nil, in context: StepContext) async throws
        -> [String]
    {
        var warnings: [String] = []
        for record in try await recordsOfRetirements(before: version, &warnings) {
            try Task.checkCancellation()
            guard let retiring = try? ReleaseVersion(String(record.name.dropLast(".jsonl".count))) else {
                warnings.append("\(location(of: record)) names no release, and is kept")
                continue
            }
            do {
                if retiring == version { try await awaitEarlierDeletion(of: retiring, context) }
                let stays = try await finishRetirement(of: retiring, isSettled: retiring == version, in: context)
                if let stays { warnings.append(stays) }
            } catch let lost as LeaseLost {
                throw lost
            } catch let error as UnfinishedRetirement where retiring != version {
                warnings.append(error.warning)
            } catch let error as any DescribedError where retiring != version {
                warnings.append("release \(retiring) is not deleted: \(error.notice)")
            }
        }
        return warnings
    }

    /// The state of a record; nil if there is none, or if it is not `run`'s.
    private func tag(of record: StoreRecord, ofRun run: String?, in folder: FilePath) async throws -> RecordTag? {
        guard let run else { return try await tag(of: record) }
        guard let there = try await state(of: record, in: folder), there.header.runID == run else { return nil }
        return there.tag
    }

    /// The records of unfinished retirements. If they cannot be listed, looks only for that of `version`.
    private func recordsOfRetirements(
        before version: ReleaseVersion?, _ warnings: inout [String]
    ) async throws -> [StoreRecord] {
        do {
            return try await records(in: .trash).filter { $0.name.hasSuffix(".jsonl") }
        } catch let error as any DescribedError {
            warnings.append("the unfinished deletions of \(resource) cannot be listed: \(error.notice)")
            guard let version, try await exists(.trash(version)) else { return [] }
            return [.trash(version)]
        }
    }

    private func finishRetirement(
        of version: ReleaseVersion, isSettled: Bool, in context: StepContext
    ) async throws -> String? {
        try await refuseIfPointedAt(version, to: "retired", help: "point it at another release first", in: context)
        do {
            // A run may have stopped between the two records: a release must not count as complete while its files are
            // deleted.
            // The order of the two looks matters: a manifest that was there before the trash record was seen is not a
            // newer release's, because whoever makes one empties the trash first.
            let requests = UnansweredRequests()
            if let tag = try await tag(of: .manifest(of: version)), try await exists(.trash(version)) {
                try await requests.noted(of: self).move(
                    .manifest(of: version), to: .trash(version), unlessChanged: tag)
            }
            return try await finishRetirement(
                .trash(version), version, isSettled: isSettled, after: requests, in: context)
        } catch let lost as LeaseLost {
            throw lost
        } catch let error as any DescribedError {
            throw await unfinished(version, error)
        }
    }

    /// - Parameters:
    ///   - isSettled: true if no deletion of another attempt can be under way: this one has begun the retirement, or has
    ///     waited for their end.
    ///   - requests: those that this attempt has made before.
    /// - Returns: what stays, for a warning.
    func finishRetirement(
        _ record: StoreRecord, _ version: ReleaseVersion, isSettled: Bool = false,
        after requests: UnansweredRequests = UnansweredRequests(), in context: StepContext
    ) async throws -> String? {
        guard let manifest = try await file(of: record, in: context.folder) else { return nil }
        try await dropOverlap(into: version, in: context.folder, context.progress)
        do {
            // A run that makes the release anew finishes this first: the new files must not be taken for leftovers.
            try await requests.noted(of: self).removeFiles(
                of: version, namedBy: manifest, keeping: nil, context.progress
            ) {
                try await exists(record)
            }
        } catch let error as any DescribedError {
            if !(error is LeaseLost), !requests.isEmpty || UnansweredRequests.mayArrive(error) {
                try? await renew(record, in: context)
            }
            throw error
        }
        if isFolder { try await delete(.redirects(of: version)) }
        // Whoever makes the release anew learns from the record that deletions may be under way. The next run that finds it
        // after that deletes it.
        if !requests.isEmpty, context.leases.holding(of: resource) != nil {
            try await renew(record, in: context)
        } else {
            let left = isSettled ? .zero : try await timeOfLateDeletions(of: version, context)
            if left == .zero { try await delete(record) }
        }
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

    /// Writes a record again as it is: its age says how long ago the last deletion was sent.
    private func renew(_ record: StoreRecord, in context: StepContext) async throws {
        guard let there = try await copy(of: record, in: context.folder) else { return }
        _ = try await put(there.file, as: record, if: .unchanged(there.tag))
    }
}
