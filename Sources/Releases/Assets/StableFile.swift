internal import Glibc
public import PipelineKit
internal import SystemPackage

/// An open file that must not change while it is read.
///
/// It belongs to the thread that reads.
public struct StableFile: ~Copyable {
    private let file: FileDescriptor
    private let path: String
    private let before: Stamp
    private var bytesRead = 0

    /// - Throws: `FileError`, also if it is not a regular file.
    public init(_ path: String) throws {
        // Without `O_NONBLOCK`, opening a pipe that was put in the file's place would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError.last("open", FilePath(path)) }
        let stamp: Stamp
        do {
            stamp = try Stamp(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        file = FileDescriptor(rawValue: descriptor)
        before = stamp
        self.path = path
    }

    deinit {
        try? file.close()
    }

    /// In bytes, when it was opened.
    public var size: Int { before.size }

    /// Fills the buffer as far as the file reaches.
    ///
    /// - Returns: the number of bytes; fewer than the buffer holds only at the end.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var count = 0
        while count < buffer.count && bytesRead < size {
            let result = Glibc.read(file.rawValue, buffer.baseAddress! + count, buffer.count - count)
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw FileError.last("read", FilePath(path)) }
            guard result > 0 else { break }
            count += result
            bytesRead += result
        }
        return count
    }

    /// Must be called after the last read.
    ///
    /// - Throws: `FileChanged` if its size or modification time is not what it was when the file was opened.
    public func checkUnchanged() throws {
        guard bytesRead == size, try Stamp(file.rawValue, path) == before else { throw FileChanged(path: path) }
    }

    private struct Stamp: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init(_ descriptor: Int32, _ path: String) throws {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                throw FileError.last("read", FilePath(path))
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw FileError(
                    "read", FilePath(path), status.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .invalidArgument)
            }
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }
}

/// A file was changed while it was read.
public struct FileChanged: DescribedError {
    public let path: String

    public init(path: String) {
        self.path = path
    }

    public var code: String { "file-changed" }
    public var message: String { "\(path) was changed while it was read" }
    public var help: String? { "let the build of the site end before the pipeline runs, and run again" }
}
