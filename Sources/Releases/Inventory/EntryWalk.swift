internal import Glibc
package import PipelineKit
internal import SystemPackage

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
    private var folders: KeyFolders
    private let enters: (_ key: String, _ name: String) throws -> Bool

    /// - Parameter enters: true for a folder that is looked into.
    /// - Throws: `FileError` if it cannot be read, `StepError` `bad-name`.
    package init(
        _ root: OpenFolder, enters: @escaping (_ key: String, _ name: String) throws -> Bool = { _, _ in true }
    ) throws {
        self.enters = enters
        folders = KeyFolders(root)
        walk = FolderWalk(try Self.listing(of: ".", in: root))
    }

    /// - Throws: like the initializer, for the folders below.
    package mutating func next() throws -> Entry? {
        while let entry = walk.next() {
            guard let place = try folders.place(of: entry.key), let status = try place.folder.status(of: place.name)
            else { throw FileError("look at", folders.root.path(entry.key), .noSuchFileOrDirectory) }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return Entry(key: entry.key, kind: .file, status: status)
            case S_IFLNK: return Entry(key: entry.key, kind: .link, status: status)
            case S_IFDIR:
                guard try enters(entry.key, entry.name) else { continue }
                let listing = try Self.listing(of: entry.key, in: folders.root)
                if listing.entries.isEmpty { return Entry(key: entry.key + "/", kind: .emptyFolder, status: status) }
                walk.enter(entry, listing)
            default: return Entry(key: entry.key, kind: .special, status: status)
            }
        }
        return nil
    }

    private static func listing(of name: String, in root: OpenFolder) throws -> FolderListing {
        let listing = try FolderListing(name, in: root, followsLinks: false)
        try listing.checkNames(in: root.path(name).string)
        return listing
    }
}
