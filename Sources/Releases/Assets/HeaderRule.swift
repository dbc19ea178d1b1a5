public import PipelineKit
internal import TextCoding

/// Headers for the files whose key matches.
public struct HeaderRule: StepOptions {
    @Option("files it is for, by key") public var match: Glob
    @Option("how long browsers and edges may keep them") public var cacheControl: String?
    @Option(
        "further headers by name; also `content-type`, instead of the one that follows from the file's name, and `content-encoding` for files that are compressed already",
        check: .headers)
    public var headers: [String: String] = [:]

    public init() {}
}

extension Option where Content == [HeaderRule] {
    /// Reports headers that a store is known not to keep.
    public func check(for store: StoreURL?, _ problems: ProblemList) {
        guard case .bucket? = store, let place else { return }
        let names = Set((known ?? []).flatMap { $0.headers.keys.map { $0.lowercased() } })
        for name in names.sorted() where !HeaderRules.own.contains(name) && !ObjectLimits.isKept(name) {
            problems.add(
                "a bucket does not keep the header `\(name)`", at: place,
                help: ObjectLimits.headerAdvice)
        }
    }
}

/// The rules of a step, followed by the defaults.
public struct HeaderRules: Sendable {
    static let immutable = "public, max-age=31536000, immutable"
    static let revalidate = "no-cache"

    private let rules: [(match: Glob, cacheControl: String?, headers: [(name: String, value: String)])]
    private let immutable: [Glob]

    /// Headers that a manifest has fields for.
    static let own: Set<String> = ["content-type", "content-encoding"]

    public var isEmpty: Bool { rules.isEmpty && immutable.isEmpty }

    /// True if a rule is for the file.
    public func decide(about key: String) -> Bool { rules.contains { $0.match.matches(key) } }

    /// True if the user has said that the file's name changes with its content.
    public func callImmutable(_ key: String) -> Bool { immutable.matchAny(key) }

    /// Of all rules, in their order.
    var patterns: [Glob] { rules.map(\.match) + immutable }

    /// - Parameter immutable: files whose names change with their content, besides those whose names show it.
    public init(_ rules: [HeaderRule], immutable: [Glob] = []) {
        self.immutable = immutable
        self.rules = rules.map { rule in
            (rule.match, rule.cacheControl, rule.headers.map { ($0.key.lowercased(), $0.value) })
        }
    }

    /// What a release says of a file. The first rule that matches and sets a header decides about that header.
    ///
    /// - Parameter earlier: the file of this key that visitors may have. If that has other bytes, the name is no hash of
    ///   the content: the entry says so, and caches must ask, also after later releases.
    public func entry(for asset: Asset, replacing earlier: ManifestEntry?) -> ManifestEntry {
        var entry = entry(for: asset)
        guard asset.isFingerprinted || immutable.matchAny(asset.key), !hasCacheControl(asset.key) else { return entry }
        if let earlier, earlier.isMisnamed || !earlier.hasSameOriginal(as: entry) {
            entry.isMisnamed = true
        } else {
            entry.cacheControl = Self.immutable
        }
        return entry
    }

    private func hasCacheControl(_ key: String) -> Bool {
        rules.contains { $0.cacheControl != nil && $0.match.matches(key) }
    }

    /// The same for files that are replaced in place: whatever its name, caches must ask.
    public func entry(for asset: Asset) -> ManifestEntry {
        var cacheControl: String?
        var headers: [String: String] = [:]
        for rule in rules where rule.match.matches(asset.key) {
            cacheControl = cacheControl ?? rule.cacheControl
            for (name, value) in rule.headers where headers[name] == nil { headers[name] = value }
        }
        let contentType = headers.removeValue(forKey: "content-type")
        let coding = headers.removeValue(forKey: "content-encoding")
        var entry = ManifestEntry(asset, cacheControl: cacheControl ?? Self.revalidate, headers: headers)
        if let contentType { entry.contentType = contentType }
        if let coding { entry.add(coding: coding, to: asset) }
        if let target = asset.redirect { entry.headers[ManifestEntry.redirectHeader] = target }
        return entry
    }
}

extension OptionCheck where Content == [String: String] {
    /// Names and values that can be in a response, and that no other option or step decides.
    static var headers: Self {
        Self { headers in
            var seen: Set<String> = []
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
                if let problem = problem(name, value) { return problem }
                if !seen.insert(name.lowercased()).inserted { return "has `\(name)` twice, in different case" }
            }
            return nil
        }
    }

    private static func problem(_ name: String, _ value: String) -> String? {
        if name.isEmpty || !name.utf8.allSatisfy(\.isHTTPToken) { return "has `\(name)`, which is not a header name" }
        if value.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F }) {
            return "has a control character in the value of `\(name)`"
        }
        switch name.lowercased() {
        case "cache-control": return "has `\(name)`, which has an option of its own: `cache-control`"
        case "content-encoding":
            let codings = ["gzip", "br", "zstd", "deflate", "dcb", "dcz", "identity"]
            return codings.contains(value)
                ? nil : "has the `\(name)` `\(value)`, which is none of \(codings.joined(separator: ", "))"
        case "content-length":
            return "has `\(name)`, which follows from the file itself"
        case "content-type":
            let type = value.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
            guard type.count == 2, type.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isHTTPToken) }) else {
                return
                    "has the `\(name)` `\(value)`, which is not a media type: write one such as `text/html; charset=utf-8`"
            }
            return nil
        default: return nil
        }
    }
}
