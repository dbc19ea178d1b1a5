public import Digest
public import FoundationEssentials
internal import TextCoding

/// What a storage says of an object without giving its bytes.
public struct ObjectInfo: Hashable, Sendable {
    public var key: String
    /// In bytes.
    public var size: Int
    /// With its quotes.
    public var etag: String
    public var headers: ObjectHeaders
    /// As in `x-amz-checksum-sha256`: Base64, with `-<parts>` behind it if the object was sent in parts.
    public var checksumSHA256: String?
    /// By the server's clock, to the second.
    public var lastModified: Date?
    /// The server's clock at the moment of the reply: less `lastModified`, an age that no clock here can falsify.
    public var date: Date?

    public init(
        key: String, size: Int, etag: String, headers: ObjectHeaders, checksumSHA256: String? = nil,
        lastModified: Date? = nil, date: Date? = nil
    ) {
        (self.key, self.size, self.etag, self.headers) = (key, size, etag, headers)
        (self.checksumSHA256, self.lastModified, self.date) = (checksumSHA256, lastModified, date)
    }

    /// True if the storage itself has computed this digest of the object's bytes. Nil if it does not say, or has
    /// computed it part by part.
    public func matches(_ digest: SHA256Digest) -> Bool? {
        guard let checksumSHA256, !checksumSHA256.contains("-") else { return nil }
        return checksumSHA256 == Base64.encode(digest.bytes)
    }
}

/// An object that was read into memory.
public struct ObjectContent: Hashable, Sendable {
    public var info: ObjectInfo
    public var bytes: [UInt8]

    public init(info: ObjectInfo, bytes: [UInt8]) { (self.info, self.bytes) = (info, bytes) }
}

/// An object that went into a sink.
public struct ObjectDownload: Hashable, Sendable {
    public var info: ObjectInfo
    /// Of the bytes that came.
    public var sha256: SHA256Digest

    public init(info: ObjectInfo, sha256: SHA256Digest) { (self.info, self.sha256) = (info, sha256) }
}
