public import PipelineKit

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

/// Bytes of an open file, from `offset` on. The file must hold all of them when the request is sent: a shorter one fails
/// it. What is sent is what was looked at, whatever has taken the file's name since.
public struct FileRegion: Sendable {
    public var file: RegularFile
    public var offset: Int
    public var count: Int

    public init(_ file: RegularFile, offset: Int = 0, count: Int) {
        self.file = file
        self.offset = offset
        self.count = count
    }
}
