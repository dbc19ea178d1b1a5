internal import PipelineKit
internal import Releases
internal import SystemPackage

/// A file that a folder must have.
struct WantedFile: Keyed, Hashable, Sendable {
    var key: String
    /// The file that has its bytes now.
    var source: AssetFile
    var size: Int
    var sha256: String
}

/// The files that an asset list asks for in a folder, in the order of their keys' bytes. Compressed bytes are beside
/// the original, as in a release.
///
/// It belongs to the task that reads.
final class WantedFiles {
    private let files: FilesWithSiblings<WantedFile>

    /// - Parameter root: the folder that must have them.
    init(_ list: FilePath, _ filter: AssetFilter, in root: FilePath) throws {
        let assets = try AssetList.Reader(list)
        let limits = NameLimits(of: root)
        var conflicts = KeyConflicts(inFolder: true)
        files = try FilesWithSiblings {
            while let asset = try assets.next() {
                try conflicts.add(asset)
                guard !asset.key.startsWithBytes(of: FolderMirror.workName + "/") else {
                    throw StepError(
                        "bad-key", "`\(asset.key)` is in the place where a mirror keeps its unfinished files",
                        help: "rename it, or leave it out with `exclude`")
                }
                let name = asset.key.split(separator: "/").last ?? ""
                guard filter.takesFile(asset.key, named: name) else { continue }
                try limits.check(asset.key, isCompressed: asset.original != nil, in: limits.root)
                return Self.files(of: asset)
            }
            return nil
        }
    }

    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, `name-too-long`, `path-too-long`.
    func next() throws -> WantedFile? { try files.next() }

    private static func files(of asset: Asset) -> FilesWithSiblings<WantedFile>.Pair {
        let stored = WantedFile(key: asset.key, source: asset.stored, size: asset.size, sha256: asset.sha256)
        guard let original = asset.original, let source = asset.uncompressed else { return (stored, nil) }
        // The compressed bytes are a file of the list themselves.
        if asset.isGzipOfSite {
            return (
                WantedFile(key: asset.key, source: source, size: original.size, sha256: original.sha256), nil
            )
        }
        var sibling = stored
        sibling.key += ".gz"
        return (
            WantedFile(key: asset.key, source: source, size: original.size, sha256: original.sha256), sibling
        )
    }
}
