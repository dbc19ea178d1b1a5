internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// Puts the files of one release into its folder; one instance per thread.
struct FolderTransfer {
    private var folders: KeyFolders
    private let files: SiteFiles
    /// The release whose files may be taken.
    let previous: Previous?
    /// True if an interrupted upload has left files.
    let mayHaveFiles: Bool
    let flag: CancellationFlag
    private let folderMode: FilePermissions
    private let copier = FileCopier()
    /// Of the release whose files may be taken.
    private var previousFolders: KeyFolders?

    private enum Outcome { case sent, reused, kept }

    struct Previous: Sendable {
        var folder: OpenFolder
        /// True if its files may be linked; otherwise they are copied.
        var isShared: Bool

        init(_ folder: OpenFolder, isShared: Bool) { (self.folder, self.isShared) = (folder, isShared) }
    }

    private struct Part {
        var file: StoredFile
        var source: AssetFile
    }

    private typealias Place = KeyFolders.Place

    /// - Parameters:
    ///   - files: opens those of the site; shared by the threads.
    ///   - target: the release's folder.
    init(
        of files: SiteFiles, to target: OpenFolder, previous: Previous?, mayHaveFiles: Bool, _ flag: CancellationFlag
    ) throws {
        (self.files, folders) = (files, KeyFolders(target))
        previousFolders = previous.map { KeyFolders($0.folder) }
        folderMode = try FolderStore.mode(ofFoldersIn: target)
        self.previous = previous
        self.mayHaveFiles = mayHaveFiles
        self.flag = flag
    }

    mutating func place(_ job: TransferJob) throws -> TransferCounts {
        guard let parts = try Self.parts(of: job) else { return TransferCounts() }
        var outcomes: [Outcome] = []
        var counts = TransferCounts()
        for part in parts {
            let outcome = try place(part, of: job)
            if outcome == .sent { counts.bytes += part.file.size }
            outcomes.append(outcome)
        }
        // The two are in one folder.
        if parts.count == 2, outcomes[1] == .sent, let place = try folders.place(of: job.asset.key) {
            try Self.alignTimes(place, with: place.name + ".gz")
        }
        if outcomes.contains(.sent) {
            counts.uploaded = 1
        } else if outcomes.contains(.reused) {
            counts.copied = 1
        } else {
            counts.skipped = 1
        }
        return counts
    }

    /// - Returns: nil for a redirect.
    private static func parts(of job: TransferJob) throws -> [Part]? {
        guard let files = FolderStore.files(of: job.entry) else { return nil }
        guard let original = job.asset.uncompressed, let sibling = files.sibling else {
            return [Part(file: files.file, source: job.asset.stored)]
        }
        // The site has its compressed bytes as a file of its own, which is another job.
        if job.asset.isGzipOfSite { return [Part(file: files.file, source: original)] }
        return [Part(file: files.file, source: original), Part(file: sibling, source: job.asset.stored)]
    }

    private mutating func place(_ part: Part, of job: TransferJob) throws -> Outcome {
        let place = try folders.made(for: part.file.key, mode: folderMode)
        if mayHaveFiles, try isThere(part.file, at: place) { return .kept }
        if job.isReusable, try take(part.file, to: place) { return .reused }
        let copied = try copier.copy(try files.open(part.source), to: place.name, in: place.folder, flag)
        guard copied.size == part.file.size, copied.sha256 == part.file.sha256 else {
            _ = place.folder.remove(place.name)
            throw StepError(
                "source-changed",
                "`\(job.asset.key)` was changed while it was uploaded: \(part.source.path) no longer has "
                    + "the bytes that were hashed",
                help: "wait for the build to finish, then run the pipeline again")
        }
        return .sent
    }

    /// True if an earlier attempt has left the whole file. Anything else that it left there is removed.
    private func isThere(_ file: StoredFile, at place: Place) throws -> Bool {
        guard let status = try place.folder.status(of: place.name) else { return false }
        if status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == file.size,
            try copier.digest(of: place.folder.file(place.name), flag).sha256 == file.sha256
        {
            return true
        }
        try Self.remove(place)
        return false
    }

    private static func remove(_ place: Place) throws {
        if let errno = place.folder.remove(place.name) {
            throw FileError("remove", place.folder.path(place.name), errno)
        }
    }

    /// - Returns: false if the file is not there with the right bytes, or cannot be linked and must be copied.
    private mutating func take(_ file: StoredFile, to place: Place) throws -> Bool {
        guard let previous, let source = try previousFolders?.placeIfReal(of: file.key),
            let status = try source.folder.status(of: source.name), status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) == file.size
        else { return false }
        if !previous.isShared {
            let there = try source.folder.file(source.name)
            let copied = try copier.copy(there, to: place.name, in: place.folder, flag)
            if copied.size == file.size, copied.sha256 == file.sha256 { return true }
            try Self.remove(place)
            return false
        }
        switch source.folder.link(source.name, to: place.name, in: place.folder) {
        case nil: return true
        // Another file system, too many links, or a file of another user. If it is anything else, the copy reports it.
        case .improperLink, .tooManyLinks, .notPermitted, .permissionDenied, .notSupportedOnSocket, .fileExists:
            return false
        case let errno?:
            throw FileError("link \(source.folder.path(source.name)) to", place.folder.path(place.name), errno)
        }
    }

    /// nginx serves the compressed bytes whatever the times of the two files, but other servers compare them.
    private static func alignTimes(_ original: Place, with compressed: String) throws {
        guard let status = try original.folder.status(of: original.name) else { return }
        try original.folder.setTime(of: compressed, to: status.st_mtim)
    }
}
