internal import Digest
internal import FoundationEssentials
internal import Glibc
public import PipelineKit
public import SystemPackage

extension FolderStore {
    public func examine(
        _ version: ReleaseVersion, listing list: FilePath, in context: StepContext
    ) async throws -> ForeignFiles {
        guard try hasFolder(of: version), let folder = try openFolder(of: version) else {
            if try openFolder("releases")?.status(of: version.name) == nil { return ForeignFiles() }
            throw StepError(
                "foreign-entry", "\(location(of: version)) is a link or a file, and a release must be a folder",
                help: "adopt what it leads to, under its own name, or put the folder itself there")
        }
        let stamps = context.folder.appending("stamps.jsonl")
        let totals = try await BlockingWork.run { flag in try FolderStamps(folder, flag).write(to: stamps) }
        let files = try FilesToRead(stamps, in: folder)
        let progress = context.progress
        let found = try await OrderedWork.run(
            threads: BlockingWork.processors, next: { try files.next() },
            makeWorker: { flag in
                let reader = ForeignFileReader(folder, version)
                return { _, file in try reader.entries(of: file, flag) }
            },
            sink: try EntryList(list, total: totals.files, progress))
        try await BlockingWork.run { flag in
            // Found anew: another folder may have taken its place.
            guard let now = try openFolder(of: version) else {
                throw changedWhileAdopted(folder.path.string, version, "was removed")
            }
            if let key = try FolderStamps(now, flag).firstDifference(from: stamps) {
                throw changedWhileAdopted(now.path(key).string, version, "was added, removed or changed")
            }
        }
        var result = totals
        (result.files, result.compressed) = (found.files, found.compressed)
        return result
    }
}

/// Finds out whether anything in a folder was changed, from every file's key, size, inode and times, in the order of
/// the keys.
private struct FolderStamps {
    private let root: OpenFolder
    private let flag: CancellationFlag

    init(_ root: OpenFolder, _ flag: CancellationFlag) {
        (self.root, self.flag) = (root, flag)
    }

    /// - Throws: `StepError` `foreign-entry` if there is anything that no manifest can name.
    func write(to path: FilePath) throws -> ForeignFiles {
        let lines = try LineWriter(path)
        var totals = ForeignFiles()
        var newest = timespec()
        var strange = StrangeEntries()
        try walk { entry in
            switch entry.kind {
            case .emptyFolder: return true
            case .link: strange.add(entry.key, "is a link")
            case .special: strange.add(entry.key, "is neither a file nor a folder")
            case .file:
                if let reason = AssetKey.problem(with: entry.key) { strange.add(entry.key, reason) }
                totals.files += 1
                totals.bytes += Int(entry.status.st_size)
                let time = entry.status.st_mtim
                if (time.tv_sec, time.tv_nsec) > (newest.tv_sec, newest.tv_nsec) { newest = time }
                try lines.write(Self.line(entry))
            }
            return true
        }
        try strange.refuse(
            in: root.path.string,
            help: "remove it if visitors need nothing of it, or put a copy of what a link leads to in its place")
        try lines.finish(durable: false)
        if totals.files > 0 { totals.newest = Date(timeIntervalSince1970: TimeInterval(newest.tv_sec)).timestamp }
        return totals
    }

    /// The key of the first file that has changed; nil if none has.
    func firstDifference(from path: FilePath) throws -> String? {
        let before = try LineReader(path)
        var difference: String?
        try walk { entry in
            if entry.kind == .emptyFolder { return true }
            let line = try before.next()
            if line == Self.line(entry) { return true }
            difference = entry.key
            return false
        }
        return try difference ?? before.next().map { try Self.key(of: $0) }
    }

    private func walk(_ visit: (EntryWalk.Entry) throws -> Bool) throws {
        var walk = try EntryWalk(root)
        while let entry = try walk.next() {
            try flag.check()
            if try !visit(entry) { return }
        }
    }

    private static func line(_ entry: EntryWalk.Entry) -> [UInt8] {
        let status = entry.status
        var line = JSONLine()
        line.add("key", entry.key)
        line.add(
            "stamp", "\(entry.kind) \(status.st_size) \(status.st_ino) \(text(status.st_mtim)) \(text(status.st_ctim))")
        return line.finish()
    }

    private static func text(_ time: timespec) -> String { "\(time.tv_sec).\(time.tv_nsec)" }

    static func key(of line: [UInt8]) throws -> String {
        var key: String?
        try JSONScanner.object(line) { name, scanner in
            if name == "key" { key = try scanner.text() } else { try scanner.skip() }
        }
        guard let key else { throw MissingField(names: "key") }
        return key
    }
}

/// A file of the folder, and the one beside it that may hold its compressed bytes.
private struct ForeignFile: Sendable {
    var key: String
    var hasSibling: Bool
    var siblingKey: String { key + ".gz" }
}

/// Gives each file once: compressed bytes beside an original come with the original.
///
/// It belongs to the task that reads.
private final class FilesToRead {
    private let stamps: LineReader
    private var folders: KeyFolders
    /// Siblings whose place in the order has not come yet.
    private var taken: Set<[UInt8]> = []

    init(_ stamps: FilePath, in root: OpenFolder) throws {
        self.stamps = try LineReader(stamps)
        folders = KeyFolders(root)
    }

    func next() throws -> ForeignFile? {
        while let line = try stamps.next() {
            var file = ForeignFile(key: try FolderStamps.key(of: line), hasSibling: false)
            if taken.remove(Array(file.key.utf8)) != nil { continue }
            let sibling = try folders.place(of: file.siblingKey).flatMap { try $0.folder.status(of: $0.name) }
            file.hasSibling = sibling.map { $0.st_mode & S_IFMT == S_IFREG } ?? false
            if file.hasSibling { taken.insert(Array(file.siblingKey.utf8)) }
            return file
        }
        return nil
    }
}

/// Reads files and makes their manifest entries. It belongs to the thread that made it.
private final class ForeignFileReader {
    private let root: OpenFolder
    private let version: ReleaseVersion
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let sha = SHA256()
    private let unpacked = GzipDigester()
    private let rules = HeaderRules([])

    init(_ root: OpenFolder, _ version: ReleaseVersion) {
        (self.root, self.version) = (root, version)
    }

    deinit {
        buffer.deallocate()
    }

    private struct Content {
        var size: Int
        var sha256: String
        /// Of what it unpacks to, if it is a gzip stream.
        var original: (size: Int, sha256: String)?
    }

    /// - Returns: one entry, or two if the sibling does not hold the file's compressed bytes.
    func entries(of file: ForeignFile, _ flag: CancellationFlag) throws -> [ManifestEntry] {
        let content = try read(file.key, flag)
        guard file.hasSibling else { return [entry(file.key, content)] }
        let sibling = try read(file.siblingKey, flag, isCompressed: true)
        guard let original = sibling.original, original == (content.size, content.sha256) else {
            return [entry(file.key, content), entry(file.siblingKey, sibling)]
        }
        let path = root.path(file.key).string
        let asset = Asset(
            key: file.key, path: path + ".gz", size: sibling.size, sha256: sibling.sha256,
            contentType: ContentType.of(file.key), contentEncoding: "gzip",
            original: .init(path: path, size: content.size, sha256: content.sha256))
        return [rules.entry(for: asset)]
    }

    private func entry(_ key: String, _ content: Content) -> ManifestEntry {
        rules.entry(
            for: Asset(
                key: key, path: root.path(key).string, size: content.size, sha256: content.sha256,
                contentType: ContentType.of(key)))
    }

    private func read(_ key: String, _ flag: CancellationFlag, isCompressed: Bool = false) throws -> Content {
        let path = root.path(key).string
        let unpacked = isCompressed ? unpacked : nil
        unpacked?.restart()
        do {
            var file = StableFile(try root.file(key))
            while true {
                try flag.check()
                let count = try file.read(into: buffer)
                guard count > 0 else { break }
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                sha.update(bytes)
                unpacked?.add(bytes)
            }
            let digest = sha.finish()
            try file.checkUnchanged()
            let original = unpacked?.finish()
            return Content(
                size: file.size, sha256: digest.description, original: original.map { ($0.size, $0.sha256.description) }
            )
        } catch is FileChanged {
            throw changedWhileAdopted(path, version, "was changed")
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            throw changedWhileAdopted(path, version, "was removed")
        } catch let error as FileError where SiteFiles.tellsOfChange(error.errno) {
            throw changedWhileAdopted(path, version, "was changed")
        }
    }
}

/// Writes entries in the order of their keys.
private struct EntryList: ResultSink {
    struct Totals: Sendable {
        var files = 0
        var compressed = 0
    }

    private let lines: LineWriter
    private let progress: Progress
    private let total: Int
    private var totals = Totals()
    private var files = 0
    private var siblings = SiblingOrder<ManifestEntry>()

    init(_ list: FilePath, total: Int, _ progress: Progress) throws {
        lines = try LineWriter(list)
        (self.total, self.progress) = (total, progress)
    }

    mutating func take(_ entries: [ManifestEntry]) throws {
        for (number, entry) in entries.enumerated() {
            files += entry.original == nil ? 1 : 2
            guard number == 0 else {
                siblings.add(entry)
                continue
            }
            while let sibling = siblings.take(before: entry.key) { try write(sibling) }
            try write(entry)
        }
        if files % 16 == 0 { progress(.init(done: files, total: total, unit: "files", detail: entries[0].key)) }
    }

    private mutating func write(_ entry: ManifestEntry) throws {
        totals.files += 1
        if entry.original != nil { totals.compressed += 1 }
        try lines.write(entry.line)
    }

    mutating func finish() throws -> Totals {
        while let sibling = siblings.take(before: nil) { try write(sibling) }
        try lines.finish(durable: false)
        return totals
    }
}
