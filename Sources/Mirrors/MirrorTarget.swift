internal import Glibc
internal import PipelineKit
internal import Releases
public import SystemPackage

/// A folder that may be brought up to date in place.
public struct MirrorTarget: Sendable {
    /// Absolute, without links in it; need not exist.
    public let root: FilePath

    /// - Parameters:
    ///   - source: the folder that the files come from, if there is one.
    /// - Throws: `StepError` `bad-target`, which says why: it is a file, the root of the file system, part of a release
    ///   store, or one of source and target is in the other.
    public init(_ path: FilePath, source: FilePath?) throws {
        root = try Self.resolved(path)
        if root.removingLastComponent() == root { throw Self.refusal(path, "is the root of the file system") }
        if let status = try FileStatus.of(root), status.st_mode & S_IFMT != S_IFDIR {
            throw Self.refusal(path, "is a file", help: "name a folder in `to`")
        }
        try Self.refuseStore(root, path)
        if let source { try refuse(source: try Self.resolved(source), path) }
    }

    /// In a store, visitors would see a release that is half changed, and its manifest would no longer fit.
    private static func refuseStore(_ root: FilePath, _ path: FilePath) throws {
        let help = "a site in a store is changed by `sync` and `switch-origin`; give `to` a folder of its own"
        if try isStore(root) { throw refusal(path, "is a release store", help: help) }
        var folder = root
        while let name = folder.lastComponent?.string, folder.removeLastComponent() {
            if name == "releases" || name == ".runner", try isStore(folder) {
                throw refusal(path, "lies in `\(name)` of the release store \(folder)", help: help)
            }
        }
    }

    /// A state folder of the runner has the same name, and no such records.
    static func isStore(_ folder: FilePath) throws -> Bool {
        let records = folder.appending(".runner")
        return try ["manifests", "incoming", "pointers"].contains {
            try FolderStore.isRealFolder(records.appending($0))
        }
    }

    private func refuse(source: FilePath, _ path: FilePath) throws {
        let help = "keep source and target apart"
        if source == root { throw Self.refusal(path, "is the source itself", help: help) }
        if root.starts(with: source) { throw Self.refusal(path, "lies in its source \(source)", help: help) }
        if source.starts(with: root) { throw Self.refusal(path, "holds its source \(source)", help: help) }
    }

    private static func refusal(_ path: FilePath, _ reason: String, help: String? = nil) -> StepError {
        StepError(
            "bad-target", "\(path) cannot be mirrored into: it \(reason)",
            help: help ?? "give `to` a folder of its own")
    }

    /// What is there of the path without links, and the rest as it is.
    private static func resolved(_ path: FilePath) throws -> FilePath {
        var (there, rest) = (path.lexicallyNormalized(), [FilePath.Component]())
        while true {
            if let text = realpath(there.string, nil) {
                defer { free(text) }
                return FilePath(platformString: text).appending(rest.reversed())
            }
            let failure = FileError.last("resolve", there)
            // A link that leads nowhere is there.
            guard failure.errno == .noSuchFileOrDirectory, let last = there.lastComponent,
                try !FileStatus.exists(there)
            else { throw failure }
            rest.append(last)
            there.removeLastComponent()
        }
    }
}
