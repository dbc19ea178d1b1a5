public import PipelineKit
public import SystemPackage

/// A store in a folder of this machine, served by a web server from `<root>/current`.
public struct FolderStore: ReleaseStore {
    /// Absolute.
    public let root: FilePath

    public init(_ root: FilePath) {
        self.root = root.lexicallyNormalized()
    }

    public var resource: Resource {
        Resource(url: "file://" + PercentEncoding.encode(path: root.string))
    }

    public func folder(of version: ReleaseVersion) -> FilePath {
        root.appending("releases").appending(version.name)
    }

    public func path(of record: StoreRecord) -> FilePath {
        root.pushing(FilePath(record.path))
    }

    public func location(of version: ReleaseVersion) -> String { folder(of: version).string }
    public func location(of record: StoreRecord) -> String { path(of: record).string }

    public func accept(_ entry: ManifestEntry, in version: ReleaseVersion) throws {
        guard entry.redirect == nil else {
            throw StepError(
                "no-redirects", "`\(entry.key)` is a redirect, and the files of a folder cannot redirect anybody",
                help: "leave `redirects` out, and write them into the web server's configuration")
        }
    }

    /// The files that hold one entry: compressed bytes lie beside the original, where `gzip_static` looks for them.
    static func files(of entry: ManifestEntry) -> [StoredFile] {
        guard let original = entry.original else {
            return [StoredFile(key: entry.key, size: entry.size, sha256: entry.sha256)]
        }
        return [
            StoredFile(key: entry.key, size: original.size, sha256: original.sha256),
            StoredFile(key: entry.key + ".gz", size: entry.size, sha256: entry.sha256),
        ]
    }

    /// A web server of another user has to read what is stored, whatever this process's umask is.
    static let fileMode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    static let folderMode: FilePermissions = [
        .ownerReadWriteExecute, .groupRead, .groupExecute, .otherRead, .otherExecute,
    ]

    public func target(of pointer: Pointer) async throws -> ReleaseVersion? {
        guard pointer.isLink else {
            throw StepError(
                "unknown-pointer", "\(pointer) is registered in \(root), and this runner cannot read it",
                help: "use a runner that can, or delete \(path(of: .pointer(pointer))) if it is gone for good")
        }
        return try CurrentLink(of: self, name: pointer.name).servedRelease()
    }
}
