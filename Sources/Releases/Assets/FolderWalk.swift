/// Walks through a folder and the folders in it. Entries come in the order of their keys' bytes; what is in a folder
/// comes only if the caller enters the folder.
///
/// It holds only the names in the folders on the way to the current entry.
struct FolderWalk {
    struct Entry {
        let kind: FolderListing.Kind
        /// The bytes of the name, as the disk has it.
        let bytes: ArraySlice<UInt8>
        let name: String
        let key: String
    }

    private struct Level {
        let listing: FolderListing
        /// Empty, or with a `/` at its end.
        let prefix: String
        var next = 0
    }

    private var levels: [Level]

    /// - Parameter listing: the listing of the root.
    init(_ listing: FolderListing) {
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
            return Entry(kind: entry.kind, bytes: bytes, name: name, key: key)
        }
        return nil
    }

    /// Makes the entries in a folder come next.
    mutating func enter(_ folder: Entry, _ listing: FolderListing) {
        levels.append(Level(listing: listing, prefix: folder.key + "/"))
    }

    /// The listing that the current entry is in.
    var listing: FolderListing? { levels.last?.listing }

    /// True if the folder is on the way from the root to the current entry.
    func isInside(_ folder: FileIdentity) -> Bool { levels.contains { $0.listing.identity == folder } }
}
