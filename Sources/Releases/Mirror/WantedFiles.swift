internal import PipelineKit
internal import SystemPackage

/// A file that a folder is to have.
struct WantedFile: Hashable, Sendable {
    var key: String
    /// Where its bytes are now.
    var path: String
    var size: Int
    var sha256: String
}

/// The files that an asset list stands for in a folder, in the order of their keys' bytes: compressed bytes lie beside
/// the original, as in a release.
///
/// It belongs to the task that reads.
final class WantedFiles {
    private let assets: AssetList.Reader
    private let filter: AssetFilter
    private let limits: NameLimits
    private var clashes = KeyClashes()
    private var coming: Asset?
    /// Compressed siblings whose place in the order has not come yet, last first.
    private var pending: [WantedFile] = []

    /// - Parameter root: the folder that is to have them.
    init(_ list: FilePath, _ filter: AssetFilter, in root: FilePath) throws {
        assets = try AssetList.Reader(list)
        self.filter = filter
        limits = NameLimits(of: root)
        coming = try nextAsset()
    }

    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, `name-too-long`, `path-too-long`.
    func next() throws -> WantedFile? {
        guard let asset = coming else { return pending.popLast() }
        if let sibling = pending.last, sibling.key.precedesByBytes(asset.key) { return pending.popLast() }
        coming = try nextAsset()
        let stored = WantedFile(key: asset.key, path: asset.path, size: asset.size, sha256: asset.sha256)
        guard let original = asset.original else { return stored }
        var sibling = stored
        sibling.key += ".gz"
        let place = pending.lastIndex { sibling.key.precedesByBytes($0.key) }
        pending.insert(sibling, at: place.map { $0 + 1 } ?? 0)
        return WantedFile(key: asset.key, path: original.path, size: original.size, sha256: original.sha256)
    }

    private func nextAsset() throws -> Asset? {
        while let asset = try assets.next() {
            try clashes.add(asset.key, isCompressed: asset.original != nil)
            guard !asset.key.startsWithBytes(of: FolderMirror.workName + "/") else {
                throw StepError(
                    "bad-key", "`\(asset.key)` lies where a mirror keeps its unfinished files",
                    help: "rename it, or leave it out with `exclude`")
            }
            let name = asset.key.split(separator: "/").last ?? ""
            guard filter.takesFile(asset.key, named: name) else { continue }
            try limits.check(asset.key, isCompressed: asset.original != nil, in: limits.root)
            return asset
        }
        return nil
    }
}
