public import PipelineKit
public import SystemPackage

/// While edges switch one by one, and from pages that were opened before, visitors ask the new release for files of the
/// old one, and the other way round. Files with unique names can be in both.
extension ReleaseStore {
    /// Puts the matching files of one complete release into another one. A record names them before they are there.
    ///
    /// - Returns: how many matching files of `from` the other one now has besides its own.
    public func shareFiles(
        _ match: Glob, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws -> Int {
        guard let source = try await manifest(of: from, in: context.folder),
            let target = try await manifest(of: into, in: context.folder)
        else { return 0 }
        let record = StoreRecord.overlap(into: into, from: from)
        let list = context.folder.appending("lay-\(record.name)")
        let count = try await BlockingWork.run { _ in
            try OverlapList.write(match, of: source, missingIn: target, to: list)
        }
        guard count > 0 else { return 0 }
        var written = list
        if let earlier = try await file(of: record, in: context.folder) {
            // Another pattern may have put other files there, and they are there still.
            written = context.folder.appending("lay-all-\(record.name)")
            try await BlockingWork.run { [written] _ in try OverlapList.merge(earlier, list, to: written) }
        }
        try await put(written, as: record)
        try await copyFiles(namedBy: list, from: from, into: into, in: context)
        try await flush()
        return count
    }

    /// Deletes the files that were put into a release from others.
    ///
    /// - Parameters:
    ///   - keeping: a manifest whose files stay.
    ///   - mayDelete: called now and then before files are deleted.
    func dropOverlap(
        into version: ReleaseVersion, keeping: FilePath? = nil, in folder: FilePath, _ progress: Progress,
        while mayDelete: @Sendable () async throws -> Bool = { true }
    ) async throws {
        for record in try await overlap(into: version) {
            guard let list = try await file(of: record, in: folder) else { continue }
            try await removeFiles(of: version, namedBy: list, keeping: keeping, progress, while: mayDelete)
            try await delete(record)
        }
    }

    /// A file on this machine with everything that the records name for a release, in the form of a manifest.
    func knownFiles(of release: StoredRelease, in folder: FilePath) async throws -> FilePath? {
        try await knownFiles(of: release.version, in: release.record, folder)
    }

    private func knownFiles(
        of version: ReleaseVersion, in record: StoreRecord, _ folder: FilePath
    ) async throws -> FilePath? {
        guard var known = try await file(of: record, in: folder) else { return nil }
        for (number, record) in try await overlap(into: version).enumerated() {
            guard let list = try await file(of: record, in: folder) else { continue }
            let merged = folder.appending("known-\(version)-\(number).jsonl")
            try await BlockingWork.run { [known] _ in try OverlapList.merge(known, list, to: merged) }
            known = merged
        }
        return known
    }

    /// True if everything that an interrupted upload's record names is there with the right bytes, and nothing else
    /// except files put into it from other releases. What an interruption has left of those is deleted: nobody could
    /// tell it from files that are not the runner's.
    public func isUntouched(_ version: ReleaseVersion, in folder: FilePath) async throws -> Bool {
        guard let own = try await file(of: .incoming(version), in: folder),
            let known = try await knownFiles(of: version, in: .incoming(version), folder)
        else { return false }
        if try await check(version, against: known, nil, .full, in: folder).isComplete { return true }
        if known == own { return false }
        try await dropOverlap(into: version, keeping: own, in: folder, .silent)
        return try await check(version, against: own, nil, .full, in: folder).isComplete
    }

    private func overlap(into version: ReleaseVersion) async throws -> [StoreRecord] {
        let prefix = StoreRecord.overlapPrefix(version)
        return try await records(in: .overlap).filter { $0.name.hasPrefix(prefix) && $0.name.hasSuffix(".jsonl") }
    }
}
