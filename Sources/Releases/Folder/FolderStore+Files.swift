internal import CLinux
internal import Glibc
public import PipelineKit
internal import Synchronization
public import SystemPackage

extension FolderStore {
    public func hasFiles(of version: ReleaseVersion) async throws -> Bool {
        let folder = folder(of: version)
        return try await BlockingWork.run { _ in
            do {
                var listing = try StoredFileWalk(folder)
                return try listing.next() != nil
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
                return false
            }
        }
    }

    public func transfer(_ plan: ReleasePlan, in context: StepContext) async throws -> TransferCounts {
        let target = folder(of: plan.version)
        // Also makes sure that nothing in the way leads out of the release: a link is refused by the listing.
        let mayHaveFiles = try await hasOnlyFiles(target)
        try makeFolders(to: target.appending("file"))
        let feed = try TransferFeed(plan)
        let previous = plan.previous.map { folder(of: $0.version) }
        let total = Mutex(TransferCounts())
        let done = ProgressCount(context.progress, of: plan.files)
        _ = try await BlockingWork.run(threads: plan.concurrency ?? 4) { _, flag in
            var transfer = FolderTransfer(to: target, previous: previous, mayHaveFiles: mayHaveFiles, flag)
            while true {
                try flag.check()
                let jobs = try feed.next(32)
                if jobs.isEmpty { return }
                for job in jobs {
                    let counts = try transfer.place(job)
                    total.withLock { $0 = $0 + counts }
                    done.add(counts.bytes, job.asset.key)
                }
            }
        }
        return total.withLock { $0 }
    }

    public func settle() async throws {
        let root = root
        try await BlockingWork.run { _ in
            let folder = try DurableFile.open(root, .readOnly, options: [.directory])
            defer { try? folder.close() }
            guard syncfs(folder.rawValue) == 0 else {
                throw FileError("sync the file system of", root, Errno(rawValue: errno))
            }
        }
    }

    public func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ verification: Verification, in _: FilePath
    ) async throws -> Completeness {
        let folder = folder(of: version)
        return try await BlockingWork.run { flag in
            var expected = try ExpectedFiles(try Manifest.Reader(manifest))
            var listing: StoredFileWalk? = DurableFile.isFolder(folder) ? try StoredFileWalk(folder) : nil
            let copier = FileCopier()
            return try Completeness(
                expected: { try expected.next() },
                found: {
                    try flag.check()
                    return try listing?.next()
                },
                hasContent: { file in
                    guard verification == .full, let sha256 = file.sha256 else { return true }
                    return try copier.digest(of: FilePath(folder.string + "/" + file.key), flag).sha256 == sha256
                })
        }
    }

    public func removeFiles(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?
    ) async throws {
        let folder = folder(of: version)
        try await BlockingWork.run { flag in
            guard Self.isRealFolder(folder) else { return }
            var doomed = try ExpectedFiles(try Manifest.Reader(manifest))
            var kept = try keeping.map { try ExpectedFiles(try Manifest.Reader($0)) }
            var next = try kept?.next()
            while let file = try doomed.next() {
                try flag.check()
                while let known = next, known.key.precedesByBytes(file.key) { next = try kept?.next() }
                if let known = next, known.key.hasSameBytes(as: file.key) { continue }
                try Self.remove(file.key, in: folder)
            }
            rmdir(folder.string)
            try DurableFile.syncFolder(of: folder)
        }
    }

    /// Removes a file and then the folders that are empty without it.
    private static func remove(_ key: String, in folder: FilePath) throws {
        var rest = Substring(key)
        // Through a link in a folder's place, files of somebody else would go.
        for slash in key.utf8.indices where key.utf8[slash] == UInt8(ascii: "/") {
            guard isRealFolder(FilePath(folder.string + "/" + key[..<slash])) else { return }
        }
        let path = FilePath(folder.string + "/" + key)
        guard unlink(path.string) == 0 || errno == ENOENT || errno == ENOTDIR else {
            throw FileError("delete", path, Errno(rawValue: errno))
        }
        while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            guard rmdir(folder.string + "/" + rest) == 0 else { return }
        }
    }

    /// - Returns: whether there are files at all.
    private func hasOnlyFiles(_ folder: FilePath) async throws -> Bool {
        try await BlockingWork.run { flag in
            guard DurableFile.isFolder(folder) else { return false }
            var listing = try StoredFileWalk(folder)
            var hasFiles = false
            while try listing.next() != nil {
                try flag.check()
                hasFiles = true
            }
            return hasFiles
        }
    }
}

/// Sums up what several threads have done.
private final class ProgressCount: Sendable {
    private let progress: Progress
    private let total: Int?
    private let state = Mutex((files: 0, bytes: 0))

    init(_ progress: Progress, of total: Int?) {
        (self.progress, self.total) = (progress, total)
    }

    func add(_ bytes: Int, _ key: String) {
        let (files, sum) = state.withLock { state in
            state.files += 1
            state.bytes += bytes
            return (state.files, state.bytes)
        }
        progress(Progress.State(done: files, total: total, unit: "files", bytes: sum, detail: key))
    }
}
