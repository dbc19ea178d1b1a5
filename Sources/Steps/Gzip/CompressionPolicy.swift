internal import Releases

/// Which files are compressed, and which results are kept.
struct CompressionPolicy: Sendable {
    /// Empty for the types that are worth compressing.
    var include: [Glob] = []
    var level = 9
    /// In bytes.
    var minSize = 1_024
    /// In percent of the original.
    var minSaving = 5

    func tries(_ key: String, contentType: String) -> Bool {
        include.isEmpty ? ContentType.isCompressible(contentType) : include.matchAny(key)
    }

    /// A result of the original's size is never kept: it saves nothing.
    func keeps(_ compressed: Int, of original: Int) -> Bool {
        let saved = original - compressed
        return saved > 0 && saved.multipliedFullWidth(by: 100) >= original.multipliedFullWidth(by: minSaving)
    }
}
