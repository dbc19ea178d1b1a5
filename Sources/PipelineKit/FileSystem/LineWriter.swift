public import SystemPackage

/// Writes a new file line by line through a buffer, and puts it in place atomically when it is finished.
///
/// Until `finish` only `<path>.tmp` exists. It belongs to the task that writes.
public final class LineWriter {
    private let file: FileDescriptor
    private let folder: OpenFolder
    private let name: String
    private let temporary: String
    private var buffer: [UInt8] = []
    private let capacity = 65_536
    private var isOpen = true

    public convenience init(_ path: FilePath, mode: FilePermissions = [.ownerReadWrite]) throws {
        try self.init(DurableFile.name(of: path), in: DurableFile.folder(of: path), mode: mode)
    }

    /// - Parameter name: of the file, which is directly in the folder.
    package init(_ name: String, in folder: OpenFolder, mode: FilePermissions) throws {
        (self.folder, self.name) = (folder, name)
        temporary = name + ".tmp"
        file = try folder.createAnew(temporary, mode: mode)
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
        do {
            try flush()
            if durable { try DurableFile.sync(file, at: folder.path(temporary)) }
            try folder.rename(temporary, to: name, in: folder)
        } catch {
            _ = folder.remove(temporary)
            throw error
        }
        isOpen = false
        try? file.close()
        if durable { try folder.sync() }
    }

    private func flush() throws {
        try DurableFile.writeAll(buffer, to: file, at: folder.path(temporary))
        buffer.removeAll(keepingCapacity: true)
    }
}
