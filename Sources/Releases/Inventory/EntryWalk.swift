internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// Walks a folder and gives whatever is in it, in the order of the keys' bytes: files, links, pipes and the like, and
/// folders that are empty. It follows no link.
struct EntryWalk {
    enum Kind {
        case file, link, special
        /// Its key ends with `/`.
        case emptyFolder
    }

    struct Entry {
        var key: String
        var kind: Kind
        var status: stat
    }

    private let root: FilePath
    private let enters: (_ key: String, _ name: String) -> Bool
    /// What is still to come of each open folder, last first.
    private var open: [(prefix: String, children: [StoredFileWalk.Child])]

    /// - Parameter enters: whether a folder is looked into.
    /// - Throws: `FileError` where it is no folder or cannot be read.
    init(_ root: FilePath, enters: @escaping (_ key: String, _ name: String) -> Bool = { _, _ in true }) throws {
        self.root = root
        self.enters = enters
        open = [("", try StoredFileWalk.children(of: root).reversed())]
    }

    mutating func next() throws -> Entry? {
        while let last = open.indices.last {
            guard let child = open[last].children.popLast() else {
                open.removeLast()
                continue
            }
            let key = open[last].prefix + child.name
            let path = FilePath(root.string + "/" + key)
            var status = stat()
            guard lstat(path.string, &status) == 0 else { throw FileError("look at", path, Errno(rawValue: errno)) }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return Entry(key: key, kind: .file, status: status)
            case S_IFLNK: return Entry(key: key, kind: .link, status: status)
            case S_IFDIR:
                guard enters(key, child.name) else { continue }
                let children = try StoredFileWalk.children(of: path)
                if children.isEmpty { return Entry(key: key + "/", kind: .emptyFolder, status: status) }
                open.append((key + "/", children.reversed()))
            default: return Entry(key: key, kind: .special, status: status)
            }
        }
        return nil
    }
}
