internal import Glibc
internal import Synchronization
public import SystemPackage

/// The file that a journal's bytes go to. It is the one seam through which a test sees what is durable and when.
public protocol JournalFile: Sendable {
    /// Adds bytes at the end with one write.
    func append(_ bytes: [UInt8]) throws
    /// Returns when everything appended so far is on the disk.
    func sync() throws
    /// Cuts off what was appended since the last sync, so that the next record does not follow half of one.
    func discardUnsynced() throws
}

/// A journal's file on the disk.
public final class DiskJournalFile: JournalFile {
    private let file: FileDescriptor
    private let path: FilePath
    private let lengths: Mutex<Lengths>

    private struct Lengths {
        var written: Int
        var durable: Int
    }

    /// Opens the file for appending.
    ///
    /// - Parameter length: the length of the good records in bytes; what a torn write left after them is cut off.
    public init(_ path: FilePath, keeping length: Int) throws {
        self.path = path
        lengths = Mutex(Lengths(written: length, durable: length))
        file = try DurableFile.openRegular(path, .writeOnly, options: [.create, .append], followsLink: false)
        guard ftruncate(file.rawValue, off_t(length)) == 0 else { throw FileError.last("truncate", path) }
        try DurableFile.sync(file, at: path)
        try DurableFile.syncFolder(of: path)
    }

    deinit {
        try? file.close()
    }

    public func append(_ bytes: [UInt8]) throws {
        try Failpoint.record.pass()
        try DurableFile.writeAll(bytes, to: file, at: path)
        lengths.withLock { $0.written += bytes.count }
        try Failpoint.recordWritten.pass()
    }

    public func sync() throws {
        try DurableFile.sync(file, at: path)
        try Failpoint.recordSynced.pass()
        lengths.withLock { $0.durable = $0.written }
    }

    public func discardUnsynced() throws {
        try Failpoint.file.pass()
        let length = lengths.withLock(\.durable)
        guard ftruncate(file.rawValue, off_t(length)) == 0 else { throw FileError.last("truncate", path) }
        lengths.withLock { $0.written = length }
    }
}
