package import Glibc
public import SystemPackage

/// A regular file, open for reading, and for nothing else: it can be read at several places at once.
///
/// Opening it never waits: a pipe that is found in its place is an error.
public final class RegularFile: Sendable {
    public let path: FilePath
    package let descriptor: FileDescriptor
    /// What it was when it was opened.
    package let found: stat

    /// - Parameter followsLink: false if a link in the place of the file is an error.
    /// - Throws: `FileError`, also if it is not a regular file.
    public convenience init(_ path: FilePath, followsLink: Bool = false) throws {
        let options: FileDescriptor.OpenOptions = followsLink ? [.nonBlocking] : [.nonBlocking, .noFollow]
        try self.init(path, try DurableFile.open(path, .readOnly, options: options))
    }

    /// - Parameter descriptor: is closed with the file, and if this throws.
    package init(_ path: FilePath, _ descriptor: FileDescriptor) throws {
        do {
            found = try DurableFile.checkRegular(descriptor, path)
        } catch {
            try? descriptor.close()
            throw error
        }
        (self.path, self.descriptor) = (path, descriptor)
    }

    deinit {
        // It was only read.
        try? descriptor.close()
    }

    /// What it is now.
    ///
    /// - Throws: `FileError`.
    package func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else { throw FileError.last("look at", path) }
        return status
    }

    /// Reads at a place, without regard to what was read before.
    ///
    /// - Returns: the number of bytes; fewer than the buffer holds only at the file's end.
    /// - Throws: `FileError`.
    public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var count = 0
        while count < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            do {
                let got = try descriptor.read(fromAbsoluteOffset: Int64(offset + count), into: rest)
                if got == 0 { break }
                count += got
            } catch let error as Errno {
                throw FileError("read", path, error)
            }
        }
        return count
    }

    /// Reads on from where the last call has ended. It belongs to one task then.
    ///
    /// - Returns: the number of bytes; 0 at the end only.
    /// - Throws: `FileError`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        do {
            return try descriptor.read(into: buffer)
        } catch let error as Errno {
            throw FileError("read", path, error)
        }
    }
}
