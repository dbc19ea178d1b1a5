internal import Glibc
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

extension FolderStore {
    /// Names below `releases/` that no record stands for, sorted.
    ///
    /// - Parameter releases: those that the store has records of.
    public func unknownReleases(besides releases: [StoredRelease]) async throws -> [String] {
        let path = root.appending("releases")
        let known = Set(releases.map(\.version.name))
        return try await BlockingWork.run { _ in
            guard DurableFile.isFolder(path) else { return [] }
            return try DurableFile.entries(of: path).filter { !known.contains($0) }.sorted()
        }
    }

    /// What is in the folder of a release, and what of it takes room that deleting gives back.
    ///
    /// - Parameter links: counts the links of files that are shared; asked about several releases in turn, it tells for
    ///   each what deleting it frees after those before it are gone.
    public func contents(of release: StoredRelease, _ links: LinkCount) async throws -> ReleaseContents {
        let folder = folder(of: release.version)
        let record = path(of: release.record)
        return try await BlockingWork.run { flag in
            var contents = ReleaseContents()
            guard Self.isRealFolder(folder) else { return contents }
            var walk = try EntryWalk(folder)
            var named = try ExpectedFiles(try Manifest.Reader(record))
            var next = try named.next()
            while let entry = try walk.next() {
                try flag.check()
                while let known = next, known.key.precedesByBytes(entry.key) { next = try named.next() }
                if let known = next, known.key.hasSameBytes(as: entry.key), entry.kind == .file {
                    contents.files += 1
                    if links.isLast(entry.status) { contents.freed += Int(entry.status.st_size) }
                } else if entry.kind != .emptyFolder {
                    contents.addUnknown(entry.key)
                }
            }
            return contents
        }
    }

    /// What a release that was retired has left behind, because no record names it.
    public func remains(of version: ReleaseVersion) async throws -> ReleaseContents {
        let folder = folder(of: version)
        return try await BlockingWork.run { flag in
            var contents = ReleaseContents()
            guard Self.isRealFolder(folder) else { return contents }
            var walk = try EntryWalk(folder)
            while let entry = try walk.next() {
                try flag.check()
                contents.addUnknown(entry.key)
            }
            return contents
        }
    }

    /// Not a link to one: what it leads to is none of the store's.
    static func isRealFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// What lies in the folder of one release.
public struct ReleaseContents: Hashable, Sendable {
    /// Those that its manifest names and that are there.
    public internal(set) var files = 0
    /// The bytes that are free when they are deleted: nothing for a file that a release that stays shares.
    public internal(set) var freed = 0
    /// What no manifest names, the first ones in the order of their keys; folders end with `/`.
    public private(set) var unknown: [String] = []
    public private(set) var unknownCount = 0

    mutating func addUnknown(_ key: String) {
        unknownCount += 1
        if unknown.count < 10 { unknown.append(key) }
    }

    /// For a message: `notes.txt, old/x and 3 more`.
    public var unknownText: String {
        let shown = unknown.map { "`\($0)`" }.joined(separator: ", ")
        return unknownCount > unknown.count ? "\(shown) and \(unknownCount - unknown.count) more" : shown
    }
}

/// Tells the last link of a file that is shared by several releases, as they are deleted one after the other.
public final class LinkCount: Sendable {
    /// Links that were not met yet.
    private let left = Mutex<[FileIdentity: UInt]>([:])

    public init() {}

    func isLast(_ status: stat) -> Bool {
        if status.st_nlink <= 1 { return true }
        let identity = FileIdentity(status)
        return left.withLock { left in
            let rest = left[identity, default: UInt(status.st_nlink)] - 1
            left[identity] = rest == 0 ? nil : rest
            return rest == 0
        }
    }
}
