internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// Puts the files of one release into its folder; one instance per thread.
struct FolderTransfer {
    let target: FilePath
    /// The release whose files may be taken.
    let previous: Previous?
    /// True if an interrupted upload has left files.
    let mayHaveFiles: Bool
    let flag: CancellationFlag
    private let folderMode: FilePermissions
    private let copier = FileCopier()
    private var lastFolder = ""

    private enum Outcome { case sent, reused, kept }

    struct Previous: Sendable {
        var folder: FilePath
        /// True if its files may be linked; otherwise they are copied.
        var isShared: Bool
    }

    private struct Part {
        var file: StoredFile
        var source: String
    }

    /// - Parameter target: it is there already.
    init(to target: FilePath, previous: Previous?, mayHaveFiles: Bool, _ flag: CancellationFlag) throws {
        self.target = target
        folderMode = try FolderStore.mode(ofFoldersIn: target)
        self.previous = previous
        self.mayHaveFiles = mayHaveFiles
        self.flag = flag
    }

    mutating func place(_ job: TransferJob) throws -> TransferCounts {
        guard let parts = try Self.parts(of: job) else { return TransferCounts() }
        try makeFolder(for: job.asset.key)
        var outcomes: [Outcome] = []
        var counts = TransferCounts()
        for part in parts {
            let outcome = try place(part, of: job)
            if outcome == .sent { counts.bytes += part.file.size }
            outcomes.append(outcome)
        }
        if parts.count == 2, outcomes[1] == .sent { try alignTimes(parts[0].file.key, parts[1].file.key) }
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
        guard let original = job.asset.original, let sibling = files.sibling else {
            return [Part(file: files.file, source: job.asset.path)]
        }
        // The site has its compressed bytes as a file of its own, which is another job.
        if job.asset.isGzipOfSite { return [Part(file: files.file, source: original.path)] }
        return [Part(file: files.file, source: original.path), Part(file: sibling, source: job.asset.path)]
    }

    private func place(_ part: Part, of job: TransferJob) throws -> Outcome {
        let path = path(part.file.key)
        if mayHaveFiles, try isThere(part.file, at: path) { return .kept }
        if job.isReusable, let previous, try take(part.file, from: previous, to: path) { return .reused }
        let copied = try copier.copy(FilePath(part.source), to: path, flag)
        guard copied.size == part.file.size, copied.sha256 == part.file.sha256 else {
            unlink(path.string)
            throw StepError(
                "source-changed",
                "`\(job.asset.key)` was changed while it was uploaded: \(part.source) no longer has "
                    + "the bytes that were hashed",
                help: "wait for the build to finish, then run the pipeline again")
        }
        return .sent
    }

    /// True if an earlier attempt has left the whole file. Anything else that it left there is removed.
    private func isThere(_ file: StoredFile, at path: FilePath) throws -> Bool {
        guard let status = try FileStatus.of(path) else { return false }
        if status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == file.size,
            try copier.digest(of: path, flag).sha256 == file.sha256
        {
            return true
        }
        guard unlink(path.string) == 0 else { throw FileError.last("remove", path) }
        return false
    }

    /// - Returns: false if the file is not there with the right bytes, or cannot be linked and must be copied.
    private func take(_ file: StoredFile, from previous: Previous, to path: FilePath) throws -> Bool {
        let source = previous.folder.string + "/" + file.key
        guard let status = try FileStatus.of(FilePath(source)), status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) == file.size
        else { return false }
        if !previous.isShared {
            let copied = try copier.copy(FilePath(source), to: path, flag)
            if copied.size == file.size, copied.sha256 == file.sha256 { return true }
            guard unlink(path.string) == 0 else { throw FileError.last("remove", path) }
            return false
        }
        if Glibc.link(source, path.string) == 0 { return true }
        switch errno {
        // Another file system, too many links, or a file of another user. If it is anything else, the copy reports it.
        case EXDEV, EMLINK, EPERM, EACCES, EOPNOTSUPP, EEXIST: return false
        default: throw FileError.last("link \(source) to", path)
        }
    }

    /// nginx serves the compressed bytes whatever the times of the two files, but other servers compare them.
    private func alignTimes(_ original: String, _ compressed: String) throws {
        guard let status = try FileStatus.of(path(original)) else { return }
        let times = [status.st_mtim, status.st_mtim]
        guard utimensat(AT_FDCWD, path(compressed).string, times, 0) == 0 else {
            throw FileError.last("set the time of", path(compressed))
        }
    }

    private func path(_ key: String) -> FilePath { FilePath(target.string + "/" + key) }

    /// Makes the folders for a key. In sorted order, most keys share the folder of the one before.
    private mutating func makeFolder(for key: String) throws {
        guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
        let folder = String(key[..<slash])
        if folder.hasSameBytes(as: lastFolder) { return }
        var path = target.string
        for part in folder.split(separator: "/") {
            path += "/" + part
            if mkdir(path, folderMode.rawValue) == 0 {
                chmod(path, folderMode.rawValue)
            } else if errno != EEXIST {
                throw FileError.last("make the folder", FilePath(path))
            }
        }
        lastFolder = folder
    }
}
