public import Digest
public import PipelineKit
public import SystemPackage

/// A file that becomes an object.
public struct ObjectUpload: Sendable {
    public var key: String
    /// Its path, for messages.
    public var file: FilePath
    /// Opens the file, whatever that takes to get the right one.
    public var open: @Sendable () throws -> RegularFile
    /// What the file must have, in bytes.
    public var size: Int
    /// Of the bytes that the file must have; nil if those that it has now will do.
    public var sha256: SHA256Digest?
    public var headers: ObjectHeaders
    /// What must hold for the object to be written; a storage that takes no such condition does without.
    public var condition: WriteCondition?

    public init(
        key: String, file: FilePath, size: Int, sha256: SHA256Digest?, headers: ObjectHeaders,
        if condition: WriteCondition? = nil, open: @escaping @Sendable () throws -> RegularFile
    ) {
        self.key = key
        self.file = file
        self.open = open
        self.size = size
        self.sha256 = sha256
        self.headers = headers
        self.condition = condition
    }
}
