internal import Glibc
internal import PipelineKit
public import SystemPackage

extension FolderStore {
    public func unknownReleases(besides releases: [StoredRelease]) async throws -> [String] {
        let known = Set(releases.map(\.version.name))
        return try await BlockingWork.run { _ in
            try openFolder("releases")?.entries().filter { !known.contains($0) }.sorted() ?? []
        }
    }

    public func contents(
        of release: StoredRelease, _ links: LinkCount, in place: FilePath
    ) async throws -> ReleaseContents {
        guard let known = try await knownFiles(of: release, in: place) else { return ReleaseContents() }
        return try await BlockingWork.run { flag in
            var contents = ReleaseContents()
            guard try hasFolder(of: release.version), let folder = try openFolder(of: release.version) else {
                return contents
            }
            var walk = try EntryWalk(folder)
            let named = try SortedLookup(FilesWithSiblings(of: known).next)
            while let entry = try walk.next() {
                try flag.check()
                if try named.element(entry.key) != nil, entry.kind == .file {
                    contents.files += 1
                    if links.isLast(entry.status) { contents.freed += Int(entry.status.st_size) }
                } else if entry.kind != .emptyFolder {
                    contents.addUnknown(entry.key)
                }
            }
            return contents
        }
    }

    public func remains(of version: ReleaseVersion) async throws -> ReleaseContents {
        try await BlockingWork.run { flag in
            var contents = ReleaseContents()
            guard let status = try openFolder("releases")?.status(of: version.name) else { return contents }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                contents.replacement = status.st_mode & S_IFMT == S_IFLNK ? "a link" : "a file"
                return contents
            }
            guard let folder = try openFolder(of: version) else { return contents }
            var walk = try EntryWalk(folder)
            while let entry = try walk.next() {
                try flag.check()
                contents.addUnknown(entry.key)
            }
            return contents
        }
    }

    /// True for a folder, but not for a link to one: what a link leads to is not the store's.
    ///
    /// - Throws: `FileError` if that cannot be found out.
    package static func isRealFolder(_ path: FilePath) throws -> Bool {
        try FileStatus.isFolder(path, followingLinks: false)
    }
}
