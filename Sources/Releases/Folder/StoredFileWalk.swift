internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// Walks a folder and gives its files in the order of their keys' bytes; it holds no more names than the folders on
/// the way have.
struct StoredFileWalk {
    struct Child {
        var name: String
        var kind: Kind
    }

    enum Kind { case file, folder, other }

    private let root: FilePath
    /// What is still to come of each open folder, last first.
    private var open: [(prefix: String, children: [Child])]

    /// - Throws: `FileError` where it is no folder or cannot be read.
    init(_ root: FilePath) throws {
        self.root = root
        open = [("", try Self.children(of: root).reversed())]
    }

    /// - Throws: `StepError` `strange-file` where something is neither file nor folder.
    mutating func next() throws -> StoredFile? {
        while let last = open.indices.last {
            guard let child = open[last].children.popLast() else {
                open.removeLast()
                continue
            }
            let key = open[last].prefix + child.name
            let path = FilePath(root.string + "/" + key)
            switch child.kind {
            case .folder: open.append((key + "/", try Self.children(of: path).reversed()))
            case .file: return StoredFile(key: key, size: try Self.size(of: path))
            case .other:
                throw StepError(
                    "strange-file", "\(path) is neither a file nor a folder, and a release holds nothing else",
                    help: "look at it with `ls -l \(ShellWord.quoted(path.string))`, and remove it if nothing needs it")
            }
        }
        return nil
    }

    /// Sorted as keys are: a folder's name counts with the `/` behind it.
    static func children(of folder: FilePath) throws -> [Child] {
        guard let handle = opendir(folder.string) else {
            throw FileError("list", folder, Errno(rawValue: errno))
        }
        defer { closedir(handle) }
        var children: [Child] = []
        errno = 0
        while let entry = readdir(handle) {
            let bytes = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    [UInt8](UnsafeRawBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { continue }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw StepError(
                    "bad-name", "\(folder) holds a name that is not UTF-8: \(String(decoding: bytes, as: UTF8.self))",
                    help: "rename or remove it")
            }
            let path = FilePath(folder.string + "/" + name)
            children.append(Child(name: name, kind: try kind(of: path, Int32(entry.pointee.d_type))))
            errno = 0
        }
        guard errno == 0 else { throw FileError("list", folder, Errno(rawValue: errno)) }
        func sortKey(_ child: Child) -> String { child.kind == .folder ? child.name + "/" : child.name }
        return children.sorted { sortKey($0).precedesByBytes(sortKey($1)) }
    }

    private static func kind(of path: FilePath, _ type: Int32) throws -> Kind {
        switch type {
        case Int32(DT_REG): return .file
        case Int32(DT_DIR): return .folder
        case Int32(DT_UNKNOWN):
            let mode = try status(of: path).st_mode & S_IFMT
            return mode == S_IFREG ? .file : mode == S_IFDIR ? .folder : .other
        default: return .other
        }
    }

    private static func size(of path: FilePath) throws -> Int { Int(try status(of: path).st_size) }

    private static func status(of path: FilePath) throws -> stat {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { throw FileError("look at", path, Errno(rawValue: errno)) }
        return status
    }
}
