internal import PipelineKit

/// Finds keys that cannot stand side by side in a folder, while they stream by in the order of their bytes: twice the
/// same key, a file where another key needs a folder, a file where another's compressed bytes go.
public struct KeyConflicts {
    public init() {}

    /// Each is the beginning of the next: all that a coming key can clash with.
    private var open: [(key: String, isCompressed: Bool)] = []
    private var last = ""

    /// - Throws: `StepError` `key-clash`, which names both; `bad-asset-list` where the keys are not sorted.
    public mutating func add(_ key: String, isCompressed: Bool) throws {
        try AssetKey.check(key)
        if key.hasSameBytes(as: last) { throw clash(key, last, "stands twice in the asset list") }
        guard last.precedesByBytes(key) else {
            throw StepError(
                "bad-asset-list", "the asset list is not sorted: `\(key)` comes after `\(last)`",
                help: "run the pipeline again from its `hash` step")
        }
        last = key
        while let top = open.last, !key.startsWithBytes(of: top.key) { open.removeLast() }
        for shorter in open {
            if key.startsWithBytes(of: shorter.key + "/") {
                throw clash(key, shorter.key, "needs a folder `\(shorter.key)`, and there is a file of that name")
            }
            guard shorter.isCompressed else { continue }
            let sibling = shorter.key + ".gz"
            if key.hasSameBytes(as: sibling) || key.startsWithBytes(of: sibling + "/") {
                throw clash(key, shorter.key, "stands where the compressed bytes of `\(shorter.key)` go")
            }
        }
        open.append((key, isCompressed))
    }

    private func clash(_ key: String, _ other: String, _ reason: String) -> StepError {
        StepError(
            "key-clash", "`\(key)` and `\(other)` cannot both be in a release: `\(key)` \(reason)",
            help: "leave one of them out with `exclude` (of the `gzip` step, where compressed bytes are in the way)")
    }
}
