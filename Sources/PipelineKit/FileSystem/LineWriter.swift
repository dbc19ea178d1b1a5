public import SystemPackage

/// Writes a new file line by line through a buffer, and puts it in place atomically when it is finished.
///
/// Until `finish` only `<path>.tmp` exists. It belongs to the task that writes.
public final class LineWriter {
    private let file: FileDescriptor
    private let path: FilePath
    private let temporary: FilePath
    private var buffer: [UInt8] = []
    private let capacity = 65_536
    private var isOpen = true

    public init(_ path: FilePath, mode: FilePermissions = [.ownerReadWrite]) throws {
        self.path = path
        temporary = path.appendingSuffix(".tmp")
        file = try DurableFile.open(temporary, .writeOnly, options: [.create, .truncate], mode: mode)
        buffer.reserveCapacity(capacity + 4_096)
    }

    deinit {
        if isOpen { try? file.close() }
    }

    /// Adds a line, and its end.
    public func write(_ line: String) throws {
        try write(Array(line.utf8))
    }

    /// Adds a line, and its end.
    public func write(_ line: [UInt8]) throws {
        buffer.append(contentsOf: line)
        buffer.append(0x0A)
        if buffer.count >= capacity { try flush() }
    }

    /// Puts the file in place.
    ///
    /// - Parameter durable: true if its bytes and its name must be on the disk when this returns.
    public func finish(durable: Bool) throws {
        try flush()
        if durable { try DurableFile.sync(file, at: temporary) }
        isOpen = false
        try? file.close()
        try DurableFile.rename(temporary, to: path)
        if durable { try DurableFile.syncFolder(of: path) }
    }

    private func flush() throws {
        try DurableFile.writeAll(buffer, to: file, at: temporary)
        buffer.removeAll(keepingCapacity: true)
    }
}
