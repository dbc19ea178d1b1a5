public import Digest
internal import HTTP

/// What S3 says of an object without giving its bytes.
public struct ObjectInfo: Hashable, Sendable {
    public var key: String
    /// In bytes.
    public var size: Int
    /// With its quotes.
    public var etag: String
    public var headers: ObjectHeaders
    /// As in `x-amz-checksum-sha256`: Base64, with `-<parts>` behind it where the object was sent in parts.
    public var checksumSHA256: String?
    /// As sent, such as `Thu, 01 Jan 2026 00:00:00 GMT`.
    public var lastModified: String?
    /// The server's clock at the moment of the reply, in the same form.
    public var date: String?

    init(_ key: String, _ reply: HTTPHeaders, size: Int) {
        self.key = key
        self.size = size
        etag = reply["etag"] ?? ""
        headers = ObjectHeaders(reply: reply)
        checksumSHA256 = reply["x-amz-checksum-sha256"]
        lastModified = reply["last-modified"]
        date = reply["date"]
    }

    /// Whether S3 itself computed this digest of these bytes. Nil where it does not say, or computed it part by part.
    public func matches(_ digest: SHA256Digest) -> Bool? {
        guard let checksumSHA256, !checksumSHA256.contains("-") else { return nil }
        return checksumSHA256 == Base64.encode(digest.bytes)
    }
}

/// An object that was read into memory.
public struct ObjectContent: Hashable, Sendable {
    public var info: ObjectInfo
    public var bytes: [UInt8]
}

/// An object that went into a sink.
public struct ObjectDownload: Hashable, Sendable {
    public var info: ObjectInfo
    /// Of the bytes that came.
    public var sha256: SHA256Digest
}
