internal import SystemPackage

/// The way through a folder and those in it: entries come in the order of their keys' bytes, and what is in a folder comes if its
/// caller enters it.
///
/// It holds no more names than the folders on the way have.
struct FolderWalk {
    struct Entry {
        let kind: FolderListing.Kind
        /// Of the name, as the disk has it.
        let bytes: ArraySlice<UInt8>
        let name: String
        let key: String
        let path: String
    }

    private struct Level {
        let listing: FolderListing
        /// Empty, or with a `/` at its end.
        let prefix: String
        var next = 0
    }

    private let root: String
    private var levels: [Level]

    /// - Parameter listing: of the root.
    init(_ root: FilePath, _ listing: FolderListing) {
        self.root = root.string
        levels = [Level(listing: listing, prefix: "")]
    }

    /// - Returns: nil at the end.
    mutating func next() -> Entry? {
        while let level = levels.last {
            guard level.next < level.listing.entries.count else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].next += 1
            let entry = level.listing.entries[level.next]
            let bytes = level.listing.name(of: entry)
            let name = String(decoding: bytes, as: UTF8.self)
            let key = level.prefix + name
            return Entry(kind: entry.kind, bytes: bytes, name: name, key: key, path: root + "/" + key)
        }
        return nil
    }

    /// What is in a folder comes next.
    mutating func enter(_ folder: Entry, _ listing: FolderListing) {
        levels.append(Level(listing: listing, prefix: folder.key + "/"))
    }

    /// Whether the folder is on the way from the root to the current entry.
    func isInside(_ folder: FileIdentity) -> Bool { levels.contains { $0.listing.identity == folder } }
}
