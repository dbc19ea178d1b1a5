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

    /// True if a storage tells the header again to whoever reads the object.
    package static func isShown(_ name: String) -> Bool {
        name.hasPrefix("x-amz-meta-") || ["content-disposition", "content-language", "expires"].contains(name)
    }

    /// True if an object says something else than what it would be stored with now. A header that the storage does not
    /// tell again says nothing.
    public func differ(fromReply reply: ObjectHeaders) -> Bool {
        contentType != reply.contentType || contentEncoding != reply.contentEncoding
            || cacheControl != reply.cacheControl
            || others.contains { name, value in reply.others[name].map { $0 != value } ?? Self.isShown(name) }
    }

    /// True if a copy inside the storage must be given the headers again: it takes over what readers see, and neither
    /// who may read nor where and how the bytes are kept.
    public var areLostInCopies: Bool { others.keys.contains { !Self.isShown($0) } }

    /// True if an object that was stored with these headers may be described by such a reply.
    public func agree(withReply reply: ObjectHeaders) -> Bool {
        contentType == reply.contentType && contentEncoding == reply.contentEncoding
            && cacheControl == reply.cacheControl && websiteRedirect == reply.websiteRedirect
            && others.filter { Self.isShown($0.key) } == reply.others
    }
}
