package import ObjectStorage
internal import PipelineKit

/// What a storage keeps of a file besides its bytes, and what it cannot.
package enum ObjectLimits {
    /// The headers of the object that holds a file.
    static func headers(of entry: ManifestEntry) -> ObjectHeaders {
        var others = entry.headers
        let redirect = others.removeValue(forKey: ManifestEntry.redirectHeader)
        return ObjectHeaders(
            contentType: entry.contentType, contentEncoding: entry.contentEncoding, cacheControl: entry.cacheControl,
            websiteRedirect: redirect, others: others)
    }

    /// - Parameter prefix: of the release's keys.
    /// - Throws: `StepError` `key-too-long`, `header-not-kept`, `bad-redirect`.
    package static func check(
        _ entry: ManifestEntry, below prefix: String, _ capabilities: StorageCapabilities
    ) throws {
        let (length, longest) = (prefix.utf8.count + entry.key.utf8.count, capabilities.longestKey)
        guard length <= longest else {
            let limit =
                longest < 1_000 ? "\(longest)" : "\(longest / 1_000),\(String(longest % 1_000 + 1_000).dropFirst())"
            throw StepError(
                "key-too-long",
                "`\(entry.key)` cannot be stored: with `\(prefix)` in front its key has \(length) bytes, and the store takes \(limit) at most",
                help: "give the store a shorter prefix, rename the file, or leave it out with `exclude`")
        }
        for name in entry.headers.keys.sorted() where !capabilities.keptHeaders.contains(name) {
            throw StepError(
                "header-not-kept",
                "the store does not keep the header `\(name)` that `headers` sets for `\(entry.key)`",
                help: headerAdvice)
        }
        guard let target = entry.redirect else { return }
        let starts = ["/", "http://", "https://"]
        guard starts.contains(where: { target.hasPrefix($0) }), target.utf8.count <= 2_048 else {
            throw StepError(
                "bad-redirect", "`\(entry.key)` cannot redirect to `\(target)`",
                help: "write a path that begins with `/`, or a URL with `https://`, of at most 2,048 bytes")
        }
    }

    static let headerAdvice = "let the distribution add it, with a response headers policy"

    /// Before the storage is known, which may keep fewer.
    static func isKept(_ name: String) -> Bool { StorageCapabilities().keptHeaders.contains(name) }
}
