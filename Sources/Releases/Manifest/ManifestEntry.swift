/// One file of a release: what is stored, and what visitors are told with it.
public struct ManifestEntry: Hashable, Sendable {
    public var key: String
    /// Of the stored bytes.
    public var size: Int
    /// Of the stored bytes, as 64 hexadecimal digits.
    public var sha256: String
    public var contentType: String
    /// `gzip`, or nil for bytes as they are.
    public var contentEncoding: String?
    public var cacheControl: String
    /// Further headers by name.
    public var headers: [String: String]
    /// The uncompressed file, if the stored bytes are compressed.
    public var original: Original?
    /// True if the name looks like a hash of the content, and was found to be none: other content had the same name.
    public var isMisnamed = false

    public struct Original: Hashable, Sendable {
        public var size: Int
        public var sha256: String

        public init(size: Int, sha256: String) {
            self.size = size
            self.sha256 = sha256
        }
    }

    /// The header that makes an entry a redirect, if the bucket is served as a website.
    public static let redirectHeader = "x-amz-website-redirect-location"

    /// Where visitors of the key are sent: `/path`, or a URL. Nil for an ordinary file.
    public var redirect: String? { headers[Self.redirectHeader] }

    public init(_ asset: Asset, cacheControl: String, headers: [String: String] = [:]) {
        key = asset.key
        size = asset.size
        sha256 = asset.sha256
        contentType = asset.contentType
        contentEncoding = asset.contentEncoding
        self.cacheControl = cacheControl
        self.headers = headers
        original = asset.original.map { Original(size: $0.size, sha256: $0.sha256) }
    }

    /// Says how the file's own bytes were compressed before; `identity` for not at all. What compresses them again comes
    /// behind that.
    mutating func add(coding: String, to asset: Asset) {
        let codings = [coding == "identity" ? nil : coding, asset.original == nil ? nil : asset.contentEncoding]
        let text = codings.compactMap(\.self).joined(separator: ", ")
        contentEncoding = text.isEmpty ? nil : text
    }

    /// True if two files of one key have the same bytes.
    public func hasSameContent(as other: ManifestEntry) -> Bool {
        size == other.size && sha256 == other.sha256 && original == other.original
    }

    /// True if two files of one key have the same bytes once they are decompressed.
    func hasSameOriginal(as other: ManifestEntry) -> Bool {
        (original?.sha256 ?? sha256) == (other.original?.sha256 ?? other.sha256)
    }

    public func hasSameHeaders(as other: ManifestEntry) -> Bool {
        contentType == other.contentType && contentEncoding == other.contentEncoding
            && cacheControl == other.cacheControl && headers == other.headers
    }

    var line: [UInt8] {
        var line = JSONLine()
        line.add("key", key)
        line.add("size", size)
        line.add("sha256", sha256)
        line.add("content-type", contentType)
        line.add("content-encoding", contentEncoding)
        line.add("cache-control", cacheControl)
        if !headers.isEmpty { line.add("headers", headers) }
        if let original {
            var object = JSONLine()
            object.add("size", original.size)
            object.add("sha256", original.sha256)
            line.add("original", object)
        }
        if isMisnamed { line.add("misnamed", isMisnamed) }
        return line.finish()
    }

    init(line: [UInt8]) throws {
        var (key, sha256, contentType, contentEncoding, cacheControl): (String?, String?, String?, String?, String?)
        var size: Int?
        var headers: [String: String] = [:]
        var original: Original?
        var isMisnamed = false
        try JSONScanner.object(line) { name, scanner in
            switch name {
            case "key": key = try scanner.text()
            case "size": size = try scanner.integer()
            case "sha256": sha256 = try scanner.text()
            case "content-type": contentType = try scanner.text()
            case "content-encoding": contentEncoding = try scanner.text()
            case "cache-control": cacheControl = try scanner.text()
            case "headers": headers = try scanner.texts()
            case "original": original = try Original(from: &scanner)
            case "misnamed": isMisnamed = try scanner.bool()
            default: try scanner.skip()
            }
        }
        guard let key, let size, size >= 0, let sha256, let contentType, let cacheControl else {
            throw MissingField(names: "key, size, sha256, content-type and cache-control")
        }
        self.key = key
        self.size = size
        self.sha256 = sha256
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.cacheControl = cacheControl
        self.headers = headers
        self.original = original
        self.isMisnamed = isMisnamed
    }
}

extension ManifestEntry.Original {
    fileprivate init(from scanner: inout JSONScanner) throws {
        var (size, sha256): (Int?, String?) = (nil, nil)
        try scanner.object { name, scanner in
            switch name {
            case "size": size = try scanner.integer()
            case "sha256": sha256 = try scanner.text()
            default: try scanner.skip()
            }
        }
        guard let size, let sha256 else { throw MissingField(names: "size and sha256") }
        self.init(size: size, sha256: sha256)
    }
}
