internal import PipelineKit

/// Counts what visitors are told with the files of a release, for a plan.
public struct HeaderTally: Sendable {
    private var cacheControls: [String: Int] = [:]
    private var encodings: [String: Int] = [:]

    /// The values that a sentence lists.
    private static let shown = 4
    /// The values that are counted apart: a rule may name any number of them.
    private static let most = 64

    public init() {}

    public mutating func add(_ entry: ManifestEntry) {
        Self.count(Self.name(ofCacheControl: entry.cacheControl), in: &cacheControls)
        if let encoding = entry.contentEncoding { Self.count(encoding, in: &encodings) }
    }

    /// A sentence for each header that there is something to say of: `cache-control: 41 immutable, 276 no-cache`.
    public var sentences: [String] {
        [("cache-control", cacheControls), ("content-encoding", encodings)].compactMap { name, counts in
            counts.isEmpty ? nil : "\(name): \(Self.listed(counts))"
        }
    }

    private static func count(_ value: String, in counts: inout [String: Int]) {
        counts[counts.count < most || counts[value] != nil ? value : "others", default: 0] += 1
    }

    private static func listed(_ counts: [String: Int]) -> String {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let rest = sorted.dropFirst(shown).reduce(0) { $0 + $1.value }
        let texts = sorted.prefix(shown).map { "\($0.value) \($0.key.contains(",") ? "`\($0.key)`" : $0.key)" }
        return (texts + (rest > 0 ? ["\(rest) others"] : [])).joined(separator: ", ")
    }

    fileprivate static func name(ofCacheControl text: String) -> String {
        text == HeaderRules.immutable ? "immutable" : text
    }
}

extension ManifestEntry {
    /// What visitors are told with the file and would not expect: a cache-control of a rule, a type that says nothing, a
    /// further header. Empty if there is nothing of that kind.
    public var unusualHeaders: String {
        var parts: [String] = []
        if ![HeaderRules.immutable, HeaderRules.revalidate].contains(cacheControl) {
            parts.append("cache-control: \(cacheControl)")
        }
        if contentType == ContentType.unknown { parts.append("content-type: \(contentType)") }
        if let contentEncoding, contentEncoding != "gzip" { parts.append("content-encoding: \(contentEncoding)") }
        parts += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return parts.joined(separator: "; ")
    }

    /// What visitors are told otherwise than with an earlier file of the same key: `cache-control: no-cache -> immutable`.
    public func headerChanges(since earlier: ManifestEntry) -> String {
        func change(_ name: String, _ old: String?, _ new: String?) -> String? {
            old == new ? nil : "\(name): \(old ?? "none") -> \(new ?? "none")"
        }
        let names = Set(headers.keys).union(earlier.headers.keys).sorted()
        let caches = [earlier, self].map { HeaderTally.name(ofCacheControl: $0.cacheControl) }
        return
            ([
                change("cache-control", caches[0], caches[1]), change("content-type", earlier.contentType, contentType),
                change("content-encoding", earlier.contentEncoding, contentEncoding),
            ] + names.map { change($0, earlier.headers[$0], headers[$0]) }).compactMap(\.self).joined(separator: "; ")
    }
}
