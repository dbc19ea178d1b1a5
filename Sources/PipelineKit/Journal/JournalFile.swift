internal import Glibc
public import SystemPackage

/// Where a journal's bytes go. The one seam through which a test sees what is durable when.
public protocol JournalFile: Sendable {
    /// Adds bytes at the end with one write.
    func append(_ bytes: [UInt8]) throws
    /// Returns when everything appended so far is on the disk.
    func sync() throws
}

/// A journal's file on the disk.
public final class DiskJournalFile: JournalFile {
    private let file: FileDescriptor
    private let path: FilePath

    /// Opens for appending.
    ///
    /// - Parameter length: of the good records; what a torn write left behind them is cut off.
    public init(_ path: FilePath, keeping length: Int) throws {
        self.path = path
        file = try DurableFile.open(path, .writeOnly, options: [.create, .append])
        guard ftruncate(file.rawValue, off_t(length)) == 0 else { throw FileError.last("truncate", path) }
        try DurableFile.sync(file, at: path)
        try DurableFile.syncFolder(of: path)
    }

    deinit {
        try? file.close()
    }

    public func append(_ bytes: [UInt8]) throws {
        try DurableFile.writeAll(bytes, to: file, at: path)
    }

    public func sync() throws {
        try DurableFile.sync(file, at: path)
    }
}
