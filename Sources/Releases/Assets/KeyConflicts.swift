internal import PipelineKit

/// Finds keys that cannot be side by side, as they stream by in the order of their bytes: the same key twice, and in a
/// folder a file where another key needs a folder, or where another's compressed bytes go. A bucket has no folders.
public struct KeyConflicts {
    private let inFolder: Bool

    public init(inFolder: Bool) {
        self.inFolder = inFolder
    }

    /// Each is the beginning of the next. A coming key can clash only with these.
    private var open: [(key: String, isCompressed: Bool)] = []
    private var last = ""

    /// - Throws: `StepError` `key-clash`, which names both; `bad-asset-list` if the keys are not sorted.
    public mutating func add(_ asset: Asset) throws {
        let isFile = asset.redirect == nil
        try add(asset.key, isFile: isFile, isCompressed: asset.original != nil && !asset.isGzipOfSite)
    }

    /// - Parameters:
    ///   - isFile: false for a redirect, which is no file of a folder.
    ///   - isCompressed: true if compressed bytes that have no key of their own go beside the file.
    mutating func add(_ key: String, isFile: Bool = true, isCompressed: Bool) throws {
        try AssetKey.check(key)
        if key.hasSameBytes(as: last) { throw clash(key, last, "is in the asset list twice") }
        guard last.precedesByBytes(key) else {
            throw StepError(
                "bad-asset-list", "the asset list is not sorted: `\(key)` comes after `\(last)`",
                help: "run the pipeline again from its `hash` step")
        }
        last = key
        guard inFolder, isFile else { return }
        while let top = open.last, !key.startsWithBytes(of: top.key) { open.removeLast() }
        for shorter in open {
            if key.startsWithBytes(of: shorter.key + "/") {
                throw clash(key, shorter.key, "needs a folder `\(shorter.key)`, and there is a file of that name")
            }
            guard shorter.isCompressed else { continue }
            let sibling = shorter.key + ".gz"
            if key.hasSameBytes(as: sibling) || key.startsWithBytes(of: sibling + "/") {
                throw clash(key, shorter.key, "has the name of the compressed copy of `\(shorter.key)`")
            }
        }
        open.append((key, isCompressed))
    }

    private func clash(_ key: String, _ other: String, _ reason: String) -> StepError {
        StepError(
            "key-clash", "`\(key)` and `\(other)` cannot both be in a release: `\(key)` \(reason)",
            help:
                "leave one of them out with `exclude`, if compressed bytes are in the way with that of the `gzip` step")
    }
}
