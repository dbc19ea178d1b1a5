public import Digest
internal import Glibc
public import HTTP
internal import PipelineKit
internal import SystemPackage

/// The bytes of a file on their way into an object: looked at before they are sent, and again afterwards.
public final class UploadSource: Sendable {
    private let upload: ObjectUpload
    private let place: String
    private let file: FileDescriptor
    private let stamp: Stamp

    /// Files up to here are sent from memory, so that what was hashed is what is sent. In bytes.
    package static let inMemory = 64 << 10

    /// Opens the file without following a link.
    ///
    /// - Parameter place: the object's URL, for messages.
    /// - Throws: `StorageError` `sourceChanged`; `FileError`.
    public init(_ upload: ObjectUpload, place: String) throws {
        (self.upload, self.place) = (upload, place)
        let opened: FileDescriptor
        do {
            opened = try DurableFile.open(upload.file, .readOnly, options: [.noFollow, .nonBlocking])
        } catch let error as FileError where error.errno == .tooManySymbolicLinkLevels {
            throw Self.changed(upload, place)
        }
        var status = stat()
        let isKnown = fstat(opened.rawValue, &status) == 0
        let found = Stamp(status)
        guard isKnown, found.isFile, found.size == upload.size else {
            try? opened.close()
            throw Self.changed(upload, place)
        }
        (file, stamp) = (opened, found)
    }

    deinit {
        // It was only read.
        try? file.close()
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
            let count = try read(into: &buffer, wanted, from: upload.size - left)
            guard count == wanted else { throw Self.changed(upload, place) }
            buffer.withUnsafeBytes { sha.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            left -= count
        }
        let digest = try checked(sha.finish())
        if upload.size <= Self.inMemory { return (.bytes(buffer), digest) }
        return (.file(FileRegion(path: upload.file, count: upload.size)), digest)
    }

    private func checked(_ digest: SHA256Digest) throws -> SHA256Digest {
        guard digest == upload.sha256 ?? digest else { throw Self.changed(upload, place) }
        return digest
    }

    /// Call it when everything was sent.
    ///
    /// - Throws: `StorageError` `sourceChanged`.
    public func checkUnchanged() throws {
        var status = stat()
        guard lstat(upload.file.string, &status) == 0, Stamp(status) == stamp else { throw Self.changed(upload, place) }
    }

    /// - Returns: fewer than `wanted` bytes at the file's end only.
    private func read(into buffer: inout [UInt8], _ wanted: Int, from offset: Int) throws -> Int {
        var count = 0
        while count < wanted {
            let got = try buffer.withUnsafeMutableBytes { bytes in
                do {
                    return try file.read(
                        fromAbsoluteOffset: Int64(offset + count),
                        into: UnsafeMutableRawBufferPointer(rebasing: bytes[count..<wanted]))
                } catch let error as Errno {
                    throw FileError("read", upload.file, error)
                }
            }
            if got == 0 { break }
            count += got
        }
        return count
    }

    private static func changed(_ upload: ObjectUpload, _ place: String) -> StorageError {
        StorageError(
            .sourceChanged,
            "\(upload.file) was changed while it was sent to \(place): it no longer has the bytes that were hashed",
            help: "wait for the build to finish, then run the pipeline again")
    }

    private struct Stamp: Hashable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let isFile: Bool

        init(_ status: stat) {
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
            size = Int(status.st_size)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
            isFile = status.st_mode & S_IFMT == S_IFREG
        }
    }
}
