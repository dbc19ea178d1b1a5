internal import Releases

/// Which files are compressed, and which results are kept.
struct CompressionPolicy: Sendable {
    /// Empty for what only browsers load.
    var include: [Glob] = []
    var exclude: [Glob] = []
    var level = 9
    /// In bytes.
    var minSize = 1_024
    /// In percent of the original.
    var minSaving = 5

    func tries(_ key: String, contentType: String) -> Bool {
        if exclude.matchAny(key) { return false }
        return include.isEmpty ? ContentType.isForBrowsers(key, contentType) : include.matchAny(key)
    }

    /// True for a file that would get smaller, and is left as it is because other programs than browsers read it.
    func leaves(_ key: String, contentType: String) -> Bool {
        include.isEmpty && !exclude.matchAny(key) && !ContentType.isForBrowsers(key, contentType)
            && ContentType.isCompressible(contentType)
    }

    /// A result of the original's size is never kept: it saves nothing.
    func keeps(_ compressed: Int, of original: Int) -> Bool {
        let saved = original - compressed
        return saved > 0 && saved.multipliedFullWidth(by: 100) >= original.multipliedFullWidth(by: minSaving)
    }
}
