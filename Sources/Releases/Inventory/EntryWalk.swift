internal import Glibc
internal import PipelineKit
package import SystemPackage

/// Walks a folder and gives whatever is in it, in the order of the keys' bytes: files, links, pipes and the like, and
/// folders that are empty. It follows no link.
package struct EntryWalk {
    package enum Kind {
        case file, link, special
        /// Its key ends with `/`.
        case emptyFolder
    }

    package struct Entry {
        package var key: String
        package var kind: Kind
        var status: stat
        /// In bytes.
        var size: Int { Int(status.st_size) }
    }

    private var walk: FolderWalk
    private let enters: (_ key: String, _ name: String) throws -> Bool

    /// - Parameter enters: true for a folder that is looked into.
    /// - Throws: `FileError` if it is not a folder or cannot be read, `StepError` `bad-name`.
    package init(
        _ root: FilePath, enters: @escaping (_ key: String, _ name: String) throws -> Bool = { _, _ in true }
    ) throws {
        self.enters = enters
        walk = FolderWalk(root, try Self.listing(of: root.string))
    }

    /// - Throws: like the initializer, for the folders below.
    package mutating func next() throws -> Entry? {
        while let entry = walk.next() {
            var status = stat()
            guard lstat(entry.path, &status) == 0 else { throw FileError.last("look at", FilePath(entry.path)) }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return Entry(key: entry.key, kind: .file, status: status)
            case S_IFLNK: return Entry(key: entry.key, kind: .link, status: status)
            case S_IFDIR:
                guard try enters(entry.key, entry.name) else { continue }
                let listing = try Self.listing(of: entry.path)
                if listing.entries.isEmpty { return Entry(key: entry.key + "/", kind: .emptyFolder, status: status) }
                walk.enter(entry, listing)
            default: return Entry(key: entry.key, kind: .special, status: status)
            }
        }
        return nil
    }

    private static func listing(of path: String) throws -> FolderListing {
        let listing = try FolderListing(path, followsLinks: false)
        try listing.checkNames(in: path)
        return listing
    }
}
