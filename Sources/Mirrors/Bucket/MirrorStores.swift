internal import ObjectStorage
internal import PipelineKit

/// Finds release stores in a bucket. A mirror must not write into one: visitors would see a release that is half
/// changed, and its manifest would no longer fit.
enum MirrorStores {
    private static let records = ["manifests", "incoming", "pointers"]

    /// The store that a key is a record of, with a `/` at its end, or empty; nil if it is no record.
    static func root(of key: String) -> String? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated().dropLast(2) where part == ".runner" {
            if records.contains(String(parts[index + 1])) {
                return parts[..<index].map { $0 + "/" }.joined()
            }
        }
        return nil
    }

    /// The prefixes at which a store would make mirroring into `base` wrong, since it is a part of them.
    static func roots(around base: String) -> [String] {
        let parts = base.split(separator: "/")
        let parents = parts.indices.filter { ["releases", ".runner"].contains(parts[$0]) }
        return parents.map { index in parts[..<index].map { $0 + "/" }.joined() }
    }

    static func isStore(_ objects: any ObjectStorage, at root: String) async throws -> Bool {
        for folder in records {
            for try await page in objects.listObjects(prefix: "\(root).runner/\(folder)/", delimiter: "/") {
                if !page.objects.isEmpty { return true }
            }
        }
        return false
    }
}
