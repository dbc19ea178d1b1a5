internal import Glibc
public import PipelineKit
internal import SystemPackage

/// An open file that must not change while it is read.
///
/// It belongs to the thread that reads.
public struct StableFile: ~Copyable {
    private let file: RegularFile
    private let before: FilePin
    private var bytesRead = 0
    /// In bytes, when it was opened.
    public let size: Int

    public init(_ file: RegularFile) {
        self.file = file
        (before, size) = (FilePin(file.found), Int(file.found.st_size))
    }

    /// - Throws: `FileError`, also if it is not a regular file; `FileChanged` if it is not what it was when it was listed.
    public init(_ source: SourceFile, _ files: SiteFiles) throws {
        let file = try files.open(source.file)
        if let pin = source.pin, pin != FilePin(file.found) { throw FileChanged(path: source.path) }
        self.init(file)
    }

    /// Fills the buffer as far as the file reaches.
    ///
    /// - Returns: the number of bytes; fewer than the buffer holds only at the end.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var count = 0
        while count < buffer.count && bytesRead < size {
            let result = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
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
        guard bytesRead == size, try FilePin(file.status()) == before else {
            throw FileChanged(path: file.path.string)
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
    public var help: String? { "wait for the site's build to finish, then run again" }
}
