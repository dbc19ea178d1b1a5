internal import PipelineKit
internal import SystemPackage

/// Walks a folder of a release and gives its files in the order of their keys' bytes. It refuses anything that is
/// neither a file nor a folder.
struct StoredFileWalk {
    private var walk: EntryWalk
    private let root: OpenFolder

    /// - Throws: as `EntryWalk`.
    init(_ root: OpenFolder) throws {
        self.root = root
        walk = try EntryWalk(root)
    }

    /// - Throws: `StepError` `strange-file` if something is neither file nor folder; as `EntryWalk`.
    mutating func next() throws -> StoredFile? {
        while let entry = try walk.next() {
            switch entry.kind {
            case .file: return StoredFile(key: entry.key, size: entry.size)
            case .emptyFolder: continue
            case .link, .special:
                let path = root.path(entry.key).string
                throw StepError(
                    "strange-file", "\(path) is neither a file nor a folder, and a release holds nothing else",
                    help: "look at it with `ls -l \(ShellWord.quoted(path))`, and remove it if nothing needs it")
            }
        }
        return nil
    }
}
