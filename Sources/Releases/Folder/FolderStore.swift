internal import Glibc
public import PipelineKit
public import SystemPackage
internal import TextCoding

/// A store in a folder of this machine, served by a web server from `<root>/current`.
public struct FolderStore: ReleaseStore {
    /// Absolute.
    public let root: FilePath

    public init(_ root: FilePath) {
        self.root = root.lexicallyNormalized()
    }

    public var resource: Resource {
        Resource(url: "file://" + PercentEncoding.urlPath.encode(root.string))
    }

    public func folder(of version: ReleaseVersion) -> FilePath {
        root.appending("releases").appending(version.name)
    }

    public func path(of record: StoreRecord) -> FilePath {
        root.pushing(FilePath(record.path))
    }

    public func location(of version: ReleaseVersion) -> String { folder(of: version).string }
    public func location(of record: StoreRecord) -> String { path(of: record).string }

    public func deletionCommand(of version: ReleaseVersion, _ records: [StoreRecord]) -> String {
        let places = [location(of: version)] + records.map { location(of: $0) }
        return "rm -rf " + places.map(ShellWord.quoted).joined(separator: " ")
    }

    public func deletionCommand(of record: StoreRecord) -> String { "rm " + ShellWord.quoted(location(of: record)) }

    /// The folder of records, and the longest name that a file system of this machine takes.
    private static let roomForRecords = "/.runner/deployments/".utf8.count + 255

    public func entryCheck(of version: ReleaseVersion) throws -> @Sendable (ManifestEntry) throws -> Void {
        let (limits, folder) = (NameLimits(of: root), folder(of: version))
        try limits.checkRoom(for: Self.roomForRecords, "the store's records")
        return { entry in
            guard entry.redirect == nil else { return }
            try limits.check(entry.key, isCompressed: entry.original != nil, in: folder)
        }
    }

    public func checkRights() async throws -> [String] {
        let own = root.appending(".runner")
        let records = StoreRecord.Folder.allCases.map { own.appending($0.rawValue) }
        try withHelpToMakeRoot {
            for folder in [root, root.appending("releases"), own] + records { try DurableFile.checkWritable(folder) }
        }
        return []
    }

    public var isFolder: Bool { true }

    /// The files that hold one entry: compressed bytes are beside the original, where `gzip_static` looks for them. Nil
    /// for a redirect, which is in a record.
    static func files(of entry: ManifestEntry) -> FilesWithSiblings<StoredFile>.Pair? {
        if entry.redirect != nil { return nil }
        guard let original = entry.original else {
            return (StoredFile(key: entry.key, size: entry.size, sha256: entry.sha256), nil)
        }
        return (
            StoredFile(key: entry.key, size: original.size, sha256: original.sha256),
            StoredFile(key: entry.key + ".gz", size: entry.size, sha256: entry.sha256)
        )
    }

    /// A web server that runs as another user must be able to read what is stored, whatever this process's umask is.
    static let fileMode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    package static let folderMode: FilePermissions = [
        .ownerReadWriteExecute, .groupRead, .groupExecute, .otherRead, .otherExecute,
    ]

    /// The mode of the folders that are made in one of the store's. If that is for a group (`chmod g+ws`), they are too:
    /// everybody in the group deploys and prunes.
    static func mode(ofFoldersIn folder: OpenFolder) throws -> FilePermissions {
        folderMode.union(FilePermissions(rawValue: try folder.status().st_mode & (S_IWGRP | S_ISGID)))
    }
}
