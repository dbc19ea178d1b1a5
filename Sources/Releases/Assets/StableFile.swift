internal import Glibc
public import PipelineKit
internal import SystemPackage

/// An open file that must not change while it is read.
///
/// It belongs to the thread that reads.
public struct StableFile: ~Copyable {
    private let file: FileDescriptor
    private let path: String
    private let before: FilePin
    private var bytesRead = 0
    /// In bytes, when it was opened.
    public let size: Int

    /// - Throws: `FileError`, also if it is not a regular file.
    public init(_ path: String) throws { try self.init(path, nil) }

    /// - Throws: `FileError`, also if it is not a regular file; `FileChanged` if it is not what it was when it was listed.
    public init(_ file: SourceFile) throws { try self.init(file.path, file.pin) }

    private init(_ path: String, _ pin: FilePin?) throws {
        // Without `O_NONBLOCK`, opening a pipe that was put in the file's place would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError.last("open", FilePath(path)) }
        let found: stat
        do {
            found = try Self.status(descriptor, path)
            if let pin, pin != FilePin(found) { throw FileChanged(path: path) }
        } catch {
            close(descriptor)
            throw error
        }
        (before, size) = (FilePin(found), Int(found.st_size))
        file = FileDescriptor(rawValue: descriptor)
        self.path = path
    }

    deinit {
        try? file.close()
    }

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
        guard bytesRead == size, try FilePin(Self.status(file.rawValue, path)) == before else {
            throw FileChanged(path: path)
        }
    }

    private static func status(_ descriptor: Int32, _ path: String) throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FileError.last("read", FilePath(path))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(
                "read", FilePath(path), status.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .invalidArgument)
        }
        return status
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
    public var help: String? { "wait for the site's build to finish, then run again" }
}
