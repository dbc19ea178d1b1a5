internal import Digest
internal import Glibc
public import HTTP
internal import PipelineKit
internal import SystemPackage

/// The bytes of a file on their way into an object: looked at before they are sent, and again behind.
public struct UploadSource: Sendable {
    private let upload: ObjectUpload
    private let place: String
    private let stamp: Stamp

    /// Files up to here are sent from memory, so that what was hashed is what is sent. In bytes.
    static let inMemory = 64 << 10

    /// Looks at the file without following a link.
    ///
    /// - Parameter place: the object's URL, for messages.
    /// - Throws: `S3Error` `sourceChanged`; `FileError`.
    public init(_ upload: ObjectUpload, place: String) throws {
        (self.upload, self.place) = (upload, place)
        stamp = try Stamp(upload.file)
        guard stamp.isFile, stamp.size == upload.size else { throw Self.changed(upload, place) }
    }

    /// Makes sure that the bytes are those that were asked for. It blocks.
    ///
    /// - Throws: `S3Error` `sourceChanged`; `FileError`.
    public func load() throws -> RequestBody {
        if upload.size == 0 { return .empty }
        let file = try DurableFile.open(upload.file, .readOnly, options: [.noFollow, .nonBlocking])
        defer { try? file.close() }
        let sha = SHA256()
        var buffer = [UInt8](
            repeating: 0, count: min(upload.size, upload.size > Self.inMemory ? 256 << 10 : upload.size))
        var left = upload.size
        while left > 0 {
            let wanted = min(left, buffer.count)
            let count = try Self.read(file, upload.file, into: &buffer, wanted)
            guard count == wanted else { throw Self.changed(upload, place) }
            buffer.withUnsafeBytes { sha.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            left -= count
        }
        guard sha.finish() == upload.sha256 else { throw Self.changed(upload, place) }
        if upload.size <= Self.inMemory { return .bytes(buffer) }
        return .file(FileRegion(path: upload.file, count: upload.size))
    }

    /// To be called when everything was sent.
    ///
    /// - Throws: `S3Error` `sourceChanged`.
    public func checkUnchanged() throws {
        guard let now = try? Stamp(upload.file), now == stamp else { throw Self.changed(upload, place) }
    }

    private static func read(
        _ file: FileDescriptor, _ path: FilePath, into buffer: inout [UInt8], _ wanted: Int
    ) throws -> Int {
        var count = 0
        while count < wanted {
            let got = try buffer.withUnsafeMutableBytes { bytes in
                do {
                    return try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[count..<wanted]))
                } catch let error as Errno {
                    throw FileError("read", path, error)
                }
            }
            if got == 0 { break }
            count += got
        }
        return count
    }

    private static func changed(_ upload: ObjectUpload, _ place: String) -> S3Error {
        S3Error(
            .sourceChanged, "PutObject", place,
            "\(upload.file) was changed while it was sent to \(place): it no longer has the bytes that were hashed")
    }

    private struct Stamp: Hashable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let isFile: Bool

        init(_ path: FilePath) throws {
            var status = stat()
            guard lstat(path.string, &status) == 0 else { throw FileError("look at", path, Errno(rawValue: errno)) }
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
            size = Int(status.st_size)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
            isFile = status.st_mode & S_IFMT == S_IFREG
        }
    }
}
