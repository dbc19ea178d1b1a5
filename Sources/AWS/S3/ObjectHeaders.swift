internal import HTTP

/// What is stored beside an object's bytes, and told to whoever reads it.
public struct ObjectHeaders: Hashable, Sendable {
    public var contentType: String?
    public var contentEncoding: String?
    public var cacheControl: String?
    /// Where a website endpoint sends readers of this key: `/path` in the same bucket, or a URL.
    public var websiteRedirect: String?
    /// Others by their lower-case names: `content-language`, `content-disposition`, `expires`, `x-amz-meta-…`.
    public var others: [String: String]

    public init(
        contentType: String? = nil, contentEncoding: String? = nil, cacheControl: String? = nil,
        websiteRedirect: String? = nil, others: [String: String] = [:]
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.cacheControl = cacheControl
        self.websiteRedirect = websiteRedirect
        self.others = others
    }

    /// What a GET or HEAD says of an object. A type that nobody gave comes back as `binary/octet-stream`.
    init(reply headers: HTTPHeaders) {
        self.init(
            contentType: headers["content-type"], contentEncoding: headers["content-encoding"],
            cacheControl: headers["cache-control"], websiteRedirect: headers["x-amz-website-redirect-location"])
        for field in headers.fields {
            let name = field.name.lowercased()
            if Self.isShown(name) { others[name] = field.value }
        }
    }

    /// Whether a GET or HEAD tells it again.
    private static func isShown(_ name: String) -> Bool {
        name.hasPrefix("x-amz-meta-") || ["content-disposition", "content-language", "expires"].contains(name)
    }

    /// Whether an object that was stored with these headers could be told so by a reply.
    public func agree(withReply reply: ObjectHeaders) -> Bool {
        contentType == reply.contentType && contentEncoding == reply.contentEncoding
            && cacheControl == reply.cacheControl && websiteRedirect == reply.websiteRedirect
            && others.filter { Self.isShown($0.key) } == reply.others
    }

    func add(to headers: inout HTTPHeaders) {
        let known = [
            ("content-type", contentType), ("content-encoding", contentEncoding), ("cache-control", cacheControl),
            ("x-amz-website-redirect-location", websiteRedirect),
        ]
        for (name, value) in known {
            if let value { headers.add(name, value) }
        }
        for (name, value) in others.sorted(by: { $0.key < $1.key }) { headers.add(name, value) }
    }
}
