internal import Glibc
internal import Logging
public import PipelineKit
public import SystemPackage

/// A run's right to make a release: the record `.runner/incoming/<version>.jsonl` is in the state that this run gave
/// it.
///
/// Only one run has it at a time, because it changes hands only by conditional writes. A run that has lost it is not
/// told. It therefore looks before it replaces or deletes what may be another run's, and makes the manifest only from
/// the record in this very state.
public struct Upload: Sendable {
    public let version: ReleaseVersion
    /// The manifest that the release will have, on this machine.
    public let manifest: FilePath
    let runID: String
    var tag: RecordTag
    /// A copy of the record of the upload that was taken over, on this machine; nil if there was none.
    var earlier: FilePath?
    /// True if the record names files of the earlier upload besides those of this one.
    var namesMore = false
}

extension ReleaseStore {
    /// Records durably which files an upload will store, before it stores the first one: what an interrupted upload
    /// leaves behind can then be told from files that are not the runner's. Removes files of an earlier upload that are
    /// no longer wanted.
    ///
    /// Takes over an upload that another run has begun, because nobody can tell whether that run is still alive. If it
    /// is, it ends with `UploadConflict`.
    ///
    /// - Parameter manifest: names the run in its header.
    /// - Throws: `UploadConflict` if another run has made the release meanwhile; `NewerFormat`.
    public func begin(
        _ version: ReleaseVersion, _ manifest: FilePath, in context: StepContext
    ) async throws -> Upload {
        let folder = context.folder
        // Runners of format 1 take an upload over without looking whose it is.
        try await raiseFormat(in: context)
        let upload = try await claim(version, manifest, in: folder)
        try DurableFile.write([], to: Self.mark(version, in: folder), mode: [.ownerReadWrite])
        // From here on no other run can make the release. One that has just made it, or is taking the upload back, is
        // seen now.
        if let made = try await lastingManifest(upload, context) { throw conflict(.completed, version, by: made) }
        // A deletion that gets no answer leaves the record once more.
        while try await exists(.trash(version)) {
            try await awaitEarlierDeletion(of: version, context)
            if let stays = try await finishRetirement(.trash(version), version, isSettled: true, in: context) {
                context.logger.warning("\(stays)")
            }
        }
        let mayDelete: @Sendable () async throws -> Bool = {
            try await requireOwn(upload, in: folder)
            return true
        }
        try await dropOverlap(into: version, keeping: manifest, in: folder, context.progress, while: mayDelete)
        if let earlier = upload.earlier {
            try await removeFiles(of: version, namedBy: earlier, keeping: manifest, context.progress, while: mayDelete)
        }
        return upload
    }

    /// Whoever has begun to retire the release may have been stopped at it, or may have sent a deletion that got no answer:
    /// neither must find the new files.
    func awaitEarlierDeletion(of version: ReleaseVersion, _ context: StepContext) async throws {
        let left = try await timeOfLateDeletions(of: version, context)
        guard left > .zero else { return }
        context.logger.notice(
            "waiting for \(left.text): a request to delete files of an earlier release \(version) may arrive until then"
        )
        try await context.clock.sleep(for: left)
    }

    /// For how long deletions of a retirement that another attempt has begun may still arrive: until its record is older than
    /// a lease and, if this run has taken the lease from one that did not give it back, for as long after the last moment in
    /// which that one can have sent some. Without a lease that runs out, there is no such moment.
    func timeOfLateDeletions(of version: ReleaseVersion, _ context: StepContext) async throws -> Duration {
        guard let holding = context.leases.holding(of: resource), let age = try await age(of: .trash(version)) else {
            return .zero
        }
        var left = LeaseTerms.longestExpiry - age
        if let lastSigned = holding.lastSigned {
            left = max(left, context.clock.now.duration(to: lastSigned + LeaseTerms.longestExpiry))
        }
        return max(left, .zero)
    }

    /// The header of the manifest that another run has made of the upload before this one could take it over; nil if
    /// there is none.
    ///
    /// The other run may have seen that its upload was taken over: then it deletes the manifest again. Otherwise it
    /// deletes the record, without looking whose that is by now.
    private func lastingManifest(_ upload: Upload, _ context: StepContext) async throws -> ManifestHeader? {
        let manifest = StoreRecord.manifest(of: upload.version)
        // If there was no record to take over, the other run had finished already.
        let looks = upload.earlier == nil ? 1 : 25
        for look in 1...looks {
            guard let made = try await header(in: manifest, copiedTo: context.folder) else { return nil }
            if look == looks { return made }
            if try await tag(of: .incoming(upload.version)) != upload.tag { return made }
            try await context.clock.sleep(for: .milliseconds(200))
        }
        return nil
    }

    private func claim(
        _ version: ReleaseVersion, _ manifest: FilePath, in folder: FilePath
    ) async throws -> Upload {
        let record = StoreRecord.incoming(version)
        let header = try Manifest.Reader(manifest).header
        func upload(_ tag: RecordTag) -> Upload {
            Upload(version: version, manifest: manifest, runID: header.runID, tag: tag)
        }
        for _ in 1...16 {
            if let tag = try await put(manifest, as: record, if: .absent) { return upload(tag) }
            guard let there = try await copy(of: record, in: folder) else { continue }
            // A file that the record names stays in it until the file is gone: this run may be the next to be
            // interrupted.
            let names = try await BlockingWork.run { _ in
                try UploadNames(taking: there.file, for: manifest, in: folder, header)
            }
            let tag =
                names.isOwn ? there.tag : try await put(names.list, as: record, if: .unchanged(there.tag))
            if let tag {
                var upload = upload(tag)
                (upload.earlier, upload.namesMore) = (there.file, names.hasMore)
                return upload
            }
        }
        let there = try await state(of: record, in: folder)
        throw conflict(.takenOver, version, by: there?.header)
    }

    /// - Throws: `UploadConflict` if the upload is no longer this run's.
    public func requireOwn(_ upload: Upload, in folder: FilePath) async throws {
        if try await tag(of: .incoming(upload.version)) == upload.tag { return }
        if let conflict = try await loss(of: upload, upload.tag, in: folder) { throw conflict }
    }

    /// Makes the release of an upload whose files have been found complete: its manifest is there when this returns.
    ///
    /// - Throws: `UploadConflict`.
    public func complete(_ upload: Upload, in folder: FilePath) async throws {
        try await writeRedirects(of: upload)
        let tag = upload.namesMore ? try await narrow(upload, in: folder) : upload.tag
        for _ in 1...2 {
            let move = try await move(.incoming(upload.version), to: .manifest(of: upload.version), if: tag)
            if case .moved = move { return }
            let made = try await header(in: .manifest(of: upload.version), copiedTo: folder)
            // The reply was lost, but the move was made.
            if made?.runID == upload.runID { return }
            if let conflict = try await loss(of: upload, tag, in: folder) { throw conflict }
        }
        throw conflict(.recordGone, upload.version, by: nil)
    }

    /// Makes the record name the files of this upload alone.
    private func narrow(_ upload: Upload, in folder: FilePath) async throws -> RecordTag {
        let record = StoreRecord.incoming(upload.version)
        if let tag = try await put(upload.manifest, as: record, if: .unchanged(upload.tag)) { return tag }
        // The reply was lost, but the record is already this run's.
        if let there = try await copy(of: record, in: folder) {
            let header = try Manifest.Reader(upload.manifest).header
            let names = try await BlockingWork.run { _ in
                try UploadNames(taking: there.file, for: upload.manifest, in: folder, header)
            }
            if names.isOwn { return there.tag }
        }
        throw try await loss(of: upload, upload.tag, in: folder) ?? conflict(.recordGone, upload.version, by: nil)
    }

    /// Removes files that only the upload that was taken over had named: its run may have stored more of them since.
    ///
    /// - Returns: true if there may have been such files.
    public func removeLateFiles(of upload: Upload, in folder: FilePath) async throws -> Bool {
        guard let earlier = upload.earlier, upload.namesMore else { return false }
        let late = folder.appending("late-\(upload.version).jsonl")
        let count = try await BlockingWork.run { _ in
            try OverlapList.write(nil, of: earlier, missingIn: upload.manifest, to: late)
        }
        guard count > 0 else { return false }
        try await removeFiles(of: upload.version, namedBy: late, keeping: upload.manifest, .silent) {
            try await requireOwn(upload, in: folder)
            return true
        }
        return true
    }

    /// Removes files that this run stored after another run had made the release, by requests that were under way when
    /// the upload was lost. If that release does not name such a file, nothing does.
    ///
    /// - Parameter folder: the one that `begin` was given.
    public func removeStrays(of version: ReleaseVersion, in folder: FilePath) async throws {
        let record = StoreRecord.manifest(of: version)
        let wanted = folder.appending("manifest.jsonl")
        guard try FileStatus.exists(Self.mark(version, in: folder)), try FileStatus.exists(wanted),
            let tag = try await tag(of: record)
        else { return }
        let made = StoredRelease(version: version, state: .complete, createdAt: nil)
        guard let known = try await knownFiles(of: made, in: folder) else { return }
        let strays = folder.appending("strays-\(version).jsonl")
        let count = try await BlockingWork.run { _ in
            try OverlapList.write(nil, of: wanted, missingIn: known, to: strays)
        }
        guard count > 0 else { return }
        try await removeFiles(of: version, namedBy: strays, keeping: known, .silent) {
            // A run that makes the release anew may want them.
            guard try await self.tag(of: record) == tag else { return false }
            return try await !exists(.incoming(version))
        }
    }

    /// A file whose presence says that this run has had the upload.
    private static func mark(_ version: ReleaseVersion, in folder: FilePath) -> FilePath {
        folder.appending("upload-\(version)")
    }

    /// Deletes a run's record of an upload if the release is complete: another run made it before this one stored
    /// anything, or this one made it and could not tidy up.
    public func abandon(_ version: ReleaseVersion, of run: String, in folder: FilePath) async throws {
        guard let there = try await state(of: .incoming(version), in: folder), there.header.runID == run,
            try await isComplete(version)
        else { return }
        try await delete(.incoming(version))
    }

    /// The header of a release, complete or being uploaded; nil if there is neither.
    public func headerOfUpload(_ version: ReleaseVersion, in folder: FilePath) async throws -> ManifestHeader? {
        if let header = try await header(of: version, in: folder) { return header }
        return try await header(in: .incoming(version), copiedTo: folder)
    }

    /// The conflict by which this run has lost the upload; nil if it still has it.
    ///
    /// - Parameter tag: the state of the record as this run wrote it last.
    private func loss(of upload: Upload, _ tag: RecordTag, in folder: FilePath) async throws -> UploadConflict? {
        if let made = try await header(in: .manifest(of: upload.version), copiedTo: folder) {
            return conflict(.completed, upload.version, by: made)
        }
        if let there = try await state(of: .incoming(upload.version), in: folder) {
            // Something between this run and the store had answered the first look.
            if there.tag == tag { return nil }
            return conflict(.takenOver, upload.version, by: there.header)
        }
        // Something must name the files that are stored, so that whoever rolls this run back finds them.
        _ = try await put(upload.manifest, as: .incoming(upload.version), if: .absent)
        return conflict(.recordGone, upload.version, by: nil)
    }

    func conflict(
        _ kind: UploadConflict.Kind, _ version: ReleaseVersion, by other: ManifestHeader?
    ) -> UploadConflict {
        UploadConflict(kind: kind, version: version, place: resource.url, other: other)
    }
}

/// The files that an upload's record must name if the upload takes over an earlier one.
private struct UploadNames {
    /// The record's new content.
    let list: FilePath
    /// True if the record is there already, written by this very run.
    let isOwn: Bool
    /// True if the record names files of the earlier upload besides those of this one, or with other content.
    let hasMore: Bool

    init(taking earlier: FilePath, for manifest: FilePath, in folder: FilePath, _ header: ManifestHeader) throws {
        let (old, new) = (try Manifest.Reader(earlier), try Manifest.Reader(manifest))
        let comparison = try ManifestComparison(from: old.next, to: new.next, limit: 0)
        isOwn = old.header.runID == header.runID && comparison.isEmpty
        hasMore = !comparison.isEmpty
        guard hasMore else {
            list = manifest
            return
        }
        list = folder.appending("names-\(header.version).jsonl")
        // A key that both name keeps the earlier content, because that is what is stored.
        try OverlapList.merge(earlier, manifest, header, to: list)
    }
}
