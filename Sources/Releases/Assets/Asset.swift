/// One file of a site on its way to a release: what it is called there, where its bytes are now, and what visitors are
/// told about it.
public struct Asset: Codable, Hashable, Sendable {
    /// The path below the site's root, with `/` between its parts and no leading one. UTF-8, not normalized.
    public var key: String
    /// Absolute path of the bytes that are stored.
    public var path: String
    /// Of the stored bytes.
    public var size: Int
    /// Of the stored bytes, as 64 hexadecimal digits.
    public var sha256: String
    public var contentType: String
    /// `gzip`, or nil for bytes as they are.
    public var contentEncoding: String?
    /// True if its name holds a hash of its content, so that caches may keep it for ever.
    public var isFingerprinted: Bool
    /// The uncompressed file, if the stored bytes are compressed.
    public var original: Original?
    /// The path of the file that the site has under this key with `.gz` behind it; nil if it has none.
    public var gzip: String?

    /// The folder of the site that has the file, without links in it; nil for a file that a step has made, and in lists of
    /// older runners.
    public var site: String?

    /// Where visitors of the key are sent; nil for a file of the site.
    public var redirect: String?

    /// True if the stored bytes are those of that file, which is an asset as well.
    public var isGzipOfSite: Bool { original != nil && path == gzip }

    public struct Original: Codable, Hashable, Sendable {
        public var path: String
        public var size: Int
        public var sha256: String

        public init(path: String, size: Int, sha256: String) {
            self.path = path
            self.size = size
            self.sha256 = sha256
        }
    }

    public init(
        key: String, path: String, size: Int, sha256: String, contentType: String, contentEncoding: String? = nil,
        isFingerprinted: Bool = false, original: Original? = nil
    ) {
        self.key = key
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.isFingerprinted = isFingerprinted
        self.original = original
    }
}
