public import Digest
public import FoundationEssentials
internal import HTTP
internal import TextCoding

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
    /// By the server's clock, to the second.
    public var lastModified: Date?
    /// The server's clock at the moment of the reply: less `lastModified`, an age that no clock here can falsify.
    public var date: Date?

    init(_ key: String, _ reply: HTTPHeaders, size: Int) {
        self.key = key
        self.size = size
        etag = reply["etag"] ?? ""
        headers = ObjectHeaders(reply: reply)
        checksumSHA256 = reply["x-amz-checksum-sha256"]
        lastModified = reply["last-modified"].flatMap(HTTPDate.read)
        date = reply["date"].flatMap(HTTPDate.read)
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
