public import SystemPackage

/// The body of a request.
public enum RequestBody: Sendable {
    /// No body; PUT and POST send `Content-Length: 0`.
    case empty
    case bytes([UInt8])
    /// Read while it is sent: a file of any size needs no memory.
    case file(FileRegion)

    /// The number of bytes that will be sent.
    public var count: Int {
        switch self {
        case .empty: 0
        case .bytes(let bytes): bytes.count
        case .file(let region): region.count
        }
    }
}

/// Bytes of a file, from `offset` on. The file must hold all of them when the request is sent: a shorter one fails it.
public struct FileRegion: Hashable, Sendable {
    public var path: FilePath
    public var offset: Int64
    public var count: Int

    public init(path: FilePath, offset: Int64 = 0, count: Int) {
        self.path = path
        self.offset = offset
        self.count = count
    }
}
