public import Digest
internal import Glibc
public import HTTP
public import PipelineKit
internal import SystemPackage

/// The bytes of a file on their way into an object: looked at before they are sent, and again afterwards. The file is
/// opened once: what was looked at is what is sent.
public final class UploadSource: Sendable {
    private let upload: ObjectUpload
    private let place: String
    public let file: RegularFile
    private let stamp: Stamp

    /// Files up to here are sent from memory. In bytes.
    package static let inMemory = 64 << 10

    /// - Parameter place: the object's URL, for messages.
    /// - Throws: `StorageError` `sourceChanged`; `FileError`; what `ObjectUpload.open` throws.
    public init(_ upload: ObjectUpload, place: String) throws {
        (self.upload, self.place) = (upload, place)
        do {
            file = try upload.open()
        } catch let error as FileError where error.errno == .tooManySymbolicLinkLevels {
            throw Self.changed(upload, place)
        }
        stamp = Stamp(file.found)
        guard stamp.size == upload.size else { throw Self.changed(upload, place) }
    }

    /// Reads the bytes, and makes sure that they are those that were asked for. It blocks.
    ///
    /// - Returns: what must be sent, and its SHA-256.
    /// - Throws: `StorageError` `sourceChanged`; `FileError`.
    public func load() throws -> (RequestBody, SHA256Digest) {
        if upload.size == 0 { return (.empty, try checked(SHA256.hash([]))) }
        let sha = SHA256()
        var buffer = [UInt8](
            repeating: 0, count: min(upload.size, upload.size > Self.inMemory ? 256 << 10 : upload.size))
        var left = upload.size
        while left > 0 {
            let wanted = min(left, buffer.count)
            let count = try buffer.withUnsafeMutableBytes { bytes in
                try file.read(
                    at: upload.size - left, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]))
            }
            guard count == wanted else { throw Self.changed(upload, place) }
            buffer.withUnsafeBytes { sha.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            left -= count
        }
        let digest = try checked(sha.finish())
        if upload.size <= Self.inMemory { return (.bytes(buffer), digest) }
        return (.file(FileRegion(file, count: upload.size)), digest)
    }

    private func checked(_ digest: SHA256Digest) throws -> SHA256Digest {
        guard digest == upload.sha256 ?? digest else { throw Self.changed(upload, place) }
        return digest
    }

    /// Call it when everything was sent.
    ///
    /// - Throws: `StorageError` `sourceChanged` if the file was written into meanwhile; `FileError`.
    public func checkUnchanged() throws {
        guard try Stamp(file.status()) == stamp else { throw Self.changed(upload, place) }
    }

    private static func changed(_ upload: ObjectUpload, _ place: String) -> StorageError {
        StorageError(
            .sourceChanged,
            "\(upload.file) was changed while it was sent to \(place): it no longer has the bytes that were hashed",
            help: "wait for the build to finish, then run the pipeline again")
    }

    private struct Stamp: Hashable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init(_ status: stat) {
            size = Int(status.st_size)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }
}
