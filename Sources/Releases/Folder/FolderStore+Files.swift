internal import CLinux
internal import Glibc
public import PipelineKit
internal import Synchronization
public import SystemPackage

extension FolderStore {
    public func hasFiles(of version: ReleaseVersion) async throws -> Bool {
        try await BlockingWork.run { _ in
            guard let folder = try openFolder(of: version) else { return false }
            var listing = try StoredFileWalk(folder)
            return try listing.next() != nil
        }
    }

    public func transfer(
        _ plan: ReleasePlan, of upload: Upload, in context: StepContext
    ) async throws -> Transferred {
        let mayHaveFiles = try await hasOnlyFiles(plan.version)
        let target = try makeFolder("releases/\(plan.version)")
        let feed = try TransferFeed(plan)
        let previous = try plan.previous.flatMap { previous -> FolderTransfer.Previous? in
            // Another tool may write into the files of an adopted release; if they were linked, it would write into
            // this one's too.
            let isShared = try !Manifest.Reader(previous.manifest).header.adopted
            // Through a link in its place nothing is taken.
            guard try hasFolder(of: previous.version) else { return nil }
            return try openFolder(of: previous.version).map { FolderTransfer.Previous($0, isShared: isShared) }
        }
        let files = SiteFiles()
        let total = Mutex(TransferCounts())
        let done = ProgressCount(context.progress, of: plan.files)
        _ = try await BlockingWork.run(threads: min(plan.concurrency ?? 4, Self.mostThreads)) { _, flag in
            var transfer = try FolderTransfer(
                of: files, to: target, previous: previous, mayHaveFiles: mayHaveFiles, flag)
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
        return Transferred(counts: total.withLock { $0 })
    }

    public func flush() async throws {
        let root = root
        try await BlockingWork.run { _ in
            let folder = try DurableFile.open(root, .readOnly, options: [.directory])
            defer { try? folder.close() }
            guard syncfs(folder.rawValue) == 0 else {
                throw FileError.last("sync the file system of", root)
            }
        }
    }

    public func check(
        _ version: ReleaseVersion, against manifest: FilePath, _: TransferReceipts?, _ verification: Verification,
        in _: FilePath
    ) async throws -> Completeness {
        try await BlockingWork.run { flag in
            let expected = try FilesWithSiblings(of: manifest)
            let folder = try openFolder(of: version)
            var listing = try folder.map { try StoredFileWalk($0) }
            let copier = FileCopier()
            return try Completeness(
                expected: expected.next,
                found: {
                    try flag.check()
                    return try listing?.next()
                },
                hasContent: { file, _ in
                    guard verification == .full, let sha256 = file.sha256, let folder else { return true }
                    return try copier.digest(of: folder.file(file.key), flag).sha256 == sha256
                })
        }
    }

    public func removeFiles(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?, _ progress: Progress,
        while mayDelete: @Sendable () async throws -> Bool
    ) async throws {
        guard try await mayDelete() else { return }
        try await BlockingWork.run { flag in
            guard try hasFolder(of: version), let folder = try openFolder(of: version) else { return }
            var (folders, parents) = (KeyFolders(folder), KeyFolders(folder))
            var failures = NotDeleted()
            var done = 0
            let doomed = try FilesWithSiblings(of: manifest)
            let kept = try keeping.map { try SortedLookup(FilesWithSiblings(of: $0).next) }
            while let file = try doomed.next() {
                try flag.check()
                if try kept?.element(file.key) != nil { continue }
                do {
                    try Self.remove(file.key, in: &folders, &parents)
                } catch let error as FileError {
                    failures.add(error)
                }
                done += 1
                if done % 256 == 0 { progress(.init(done: done, total: nil, unit: "files", detail: file.key)) }
            }
            let releases = try openFolder("releases")
            _ = releases?.removeFolder(version.name)
            try releases?.sync()
            if failures.count > 0 { throw failures }
        }
    }

    /// More threads make a disk no faster.
    static let mostThreads = 64

    /// Removes a file and then the folders that are left empty, including those that were made for a file that was
    /// never written. Anything else of that name stays: through a link in the place of a folder, somebody else's files
    /// would be deleted.
    ///
    /// - Parameter parents: as `folders`, for the folders.
    private static func remove(_ key: String, in folders: inout KeyFolders, _ parents: inout KeyFolders) throws {
        if let place = try folders.placeIfReal(of: key), let failure = place.folder.remove(place.name),
            !FileStatus.isAbsence(failure)
        {
            guard [.isDirectory, .notPermitted].contains(failure), try place.folder.hasFolder(place.name) else {
                throw FileError("delete", folders.root.path(key), failure)
            }
            return
        }
        var rest = Substring(key)
        while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            // Above a folder that is not there, one may be left empty.
            guard let place = try parents.placeIfReal(of: String(rest)) else { continue }
            guard place.folder.removeFolder(place.name) else {
                if try place.folder.status(of: place.name) == nil { continue }
                return
            }
        }
    }

    /// - Returns: true if there are any files.
    /// - Throws: `StepError` `strange-file` if there is anything else.
    private func hasOnlyFiles(_ version: ReleaseVersion) async throws -> Bool {
        try await BlockingWork.run { flag in
            guard let folder = try openFolder(of: version) else { return false }
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

/// Files that could not be deleted.
private struct NotDeleted: DescribedError {
    private var first: FileError?
    private(set) var count = 0

    mutating func add(_ error: FileError) {
        first = first ?? error
        count += 1
    }

    var code: String { first?.code ?? "file-error" }
    var message: String { (first?.message ?? "") + (count > 1 ? ", and \(count - 1) more like it" : "") }
    var help: String? { first?.help }
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
