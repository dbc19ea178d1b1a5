internal import Digest

/// The name of one of the runner's own files in a store, all below `.runner/`.
public struct StoreRecord: Hashable, Sendable, CustomStringConvertible {
    public enum Folder: String, CaseIterable, Sendable {
        case manifests, deployments, pointers, trash
        /// Manifests of releases that are being uploaded.
        case incoming
        /// Lists of files of one release that were put into another.
        case overlap
        /// What nginx must know of the redirects of a release.
        case redirects
    }

    /// Nil for a record directly in `.runner/`.
    public var folder: Folder?
    public var name: String

    init(_ folder: Folder?, _ name: String) {
        self.folder = folder
        self.name = name
    }

    /// Below the store's root.
    public var path: String { folderPath + "/" + name }
    /// The folder that it is in, below the store's root.
    var folderPath: String { folder.map { ".runner/\($0.rawValue)" } ?? ".runner" }
    public var description: String { path }

    public static func manifest(of version: ReleaseVersion) -> StoreRecord { .init(.manifests, "\(version).jsonl") }
    public static func incoming(_ version: ReleaseVersion) -> StoreRecord { .init(.incoming, "\(version).jsonl") }
    public static func trash(_ version: ReleaseVersion) -> StoreRecord { .init(.trash, "\(version).jsonl") }
    static func redirects(of version: ReleaseVersion) -> StoreRecord { .init(.redirects, "\(version).map") }
    /// In the form of a manifest: the files of `from` that `into` has besides its own.
    public static func overlap(into: ReleaseVersion, from: ReleaseVersion) -> StoreRecord {
        .init(.overlap, overlapPrefix(into) + "\(short(from.name)).jsonl")
    }

    /// Shortens a long name: with two versions of 128 bytes, a record's name would be longer than a file system takes.
    /// Nobody reads the second version from the name.
    private static func short(_ name: String) -> String {
        name.utf8.count <= 100 ? name : name.prefix(67) + "-" + SHA256.hash(name.utf8).description.prefix(32)
    }

    /// No version contains a `~`.
    static func overlapPrefix(_ into: ReleaseVersion) -> String { "\(into)~" }

    /// Who may change the store.
    public static let lease = StoreRecord(nil, "lease.json")
    public static let hold = StoreRecord(nil, "hold.json")
    /// What the store says of its own format.
    public static let format = StoreRecord(nil, "store.json")

    public static func pointer(_ pointer: Pointer) -> StoreRecord { .init(.pointers, "\(pointer.id).json") }

    public static func deployment(run: String, _ pointer: Pointer) -> StoreRecord {
        .init(.deployments, deploymentName(run, pointer) + ".json")
    }

    /// Its presence says that the deployment was undone.
    public static func undone(run: String, _ pointer: Pointer) -> StoreRecord {
        .init(.deployments, deploymentName(run, pointer) + ".undone.json")
    }

    public static func log(run: String) -> StoreRecord { .init(.deployments, run + ".log.json") }

    /// Its presence says that the run's switches came after those of another run, although its id says otherwise. It ends
    /// like a log, so that runners that do not know it leave it alone.
    static func turn(of run: String, after other: String) -> StoreRecord {
        .init(.deployments, "\(run)\(turnMark)\(other)\(turnEnd)")
    }

    /// What the name of a record of `turn` says; nil for another record.
    var turn: (run: String, after: String)? {
        guard folder == .deployments, name.hasSuffix(Self.turnEnd), let mark = name.firstRange(of: Self.turnMark) else {
            return nil
        }
        return (String(name[..<mark.lowerBound]), String(name[mark.upperBound...].dropLast(Self.turnEnd.count)))
    }

    private static let (turnMark, turnEnd) = (".after.", ".log.json")

    /// One run may switch several pointers of a store. The names for all but the usual one contain the pointer's id.
    private static func deploymentName(_ run: String, _ pointer: Pointer) -> String {
        pointer == .current ? run : "\(run).\(pointer.id)"
    }
}
