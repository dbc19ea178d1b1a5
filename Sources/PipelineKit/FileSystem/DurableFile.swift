internal import Glibc
public import SystemPackage

/// Files and folders that are on the disk before the call returns.
public enum DurableFile {
    /// Replaces a file atomically: readers see the old or the new content, even after a crash.
    public static func write(_ bytes: [UInt8], to path: FilePath, mode: FilePermissions = [.ownerReadWrite]) throws {
        let temporary = path.appendingSuffix(".tmp")
        do {
            let file = try open(temporary, .writeOnly, options: [.create, .truncate], mode: mode)
            defer { try? file.close() }
            try writeAll(bytes, to: file, at: temporary)
            try sync(file, at: temporary)
        } catch {
            unlink(temporary.string)
            throw error
        }
        try rename(temporary, to: path)
        try syncFolder(of: path)
    }

    /// Removes a file, if it is there. It may be back after a crash.
    public static func remove(_ path: FilePath) {
        unlink(path.string)
    }

    /// Moves an entry over another one atomically. The caller must sync the folder.
    public static func rename(_ source: FilePath, to target: FilePath) throws {
        guard Glibc.rename(source.string, target.string) == 0 else {
            throw FileError.last("rename \(source) to", target)
        }
    }

    /// Makes a folder and its missing parents, each durable in its parent.
    public static func makeFolder(_ path: FilePath, mode: FilePermissions = [.ownerReadWriteExecute]) throws {
        if mkdir(path.string, mode.rawValue) == 0 {
            try syncFolder(of: path)
            return
        }
        let failure = FileError.last("make the folder", path)
        switch failure.errno {
        case .fileExists:
            guard try FileStatus.isFolder(path) else { throw FileError("make the folder", path, .notDirectory) }
        case .noSuchFileOrDirectory where !path.removingLastComponent().isEmpty:
            try makeFolder(path.removingLastComponent(), mode: mode)
            // It tries once only: below `/proc` a folder stays missing, whatever its parents are.
            if mkdir(path.string, mode.rawValue) != 0 {
                let failure = FileError.last("make the folder", path)
                guard try FileStatus.isFolder(path) else { throw failure }
            }
            try syncFolder(of: path)
        default: throw failure
        }
    }

    /// Looks whether this process may make entries in a folder, or, if it is not there yet, in the nearest one above it
    /// that is. Changes nothing.
    ///
    /// - Throws: the `FileError` that making one there would give.
    public static func checkWritable(_ folder: FilePath) throws {
        if faccessat(AT_FDCWD, folder.string, W_OK | X_OK, AT_EACCESS) == 0 { return }
        let failure = FileError.last("write into", folder)
        let parent = folder.removingLastComponent()
        guard failure.errno == .noSuchFileOrDirectory, parent != folder, !parent.isEmpty else { throw failure }
        try checkWritable(parent)
    }

    /// Returns the size in bytes. Follows links.
    public static func size(of path: FilePath) throws -> Int {
        var status = stat()
        guard stat(path.string, &status) == 0 else { throw FileError.last("look at", path) }
        return Int(status.st_size)
    }

    /// Returns the names in a folder, without `.` and `..`, in no order; none if the folder does not exist.
    public static func entries(of folder: FilePath) throws -> [String] {
        guard let stream = opendir(folder.string) else {
            let failure = FileError.last("read the folder", folder)
            if failure.errno == .noSuchFileOrDirectory { return [] }
            throw failure
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            Glibc.errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        // Nothing else tells the end of a folder from an error in it.
        guard Glibc.errno == 0 else { throw FileError.last("read the folder", folder) }
        return names
    }

    /// Makes the entries of the folder that holds `path` durable: a new, renamed or removed name.
    public static func syncFolder(of path: FilePath) throws {
        let parent = path.removingLastComponent()
        let folder = parent.isEmpty ? FilePath(".") : parent
        let descriptor = try open(folder, .readOnly, options: [.directory])
        defer { try? descriptor.close() }
        try sync(descriptor, at: folder)
    }

    public static func sync(_ file: FileDescriptor, at path: FilePath) throws {
        guard fsync(file.rawValue) == 0 else { throw FileError.last("sync", path) }
    }

    /// Opens with close-on-exec, so that no child process inherits the file.
    public static func open(
        _ path: FilePath, _ access: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = [],
        mode: FilePermissions = [.ownerReadWrite]
    ) throws -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                path, access, options: options.union(.closeOnExec),
                permissions: options.contains(.create) ? mode : nil)
        } catch let error as Errno {
            throw FileError("open", path, error)
        }
    }

    public static func writeAll(_ bytes: [UInt8], to file: FileDescriptor, at path: FilePath) throws {
        do {
            _ = try file.writeAll(bytes)
        } catch let error as Errno {
            throw FileError("write", path, error)
        }
    }

    /// Returns the whole content.
    ///
    /// - Parameter limit: in bytes; a larger file is refused with `fileTooLarge`.
    public static func read(_ path: FilePath, limit: Int = .max) throws -> [UInt8] {
        let file = try open(path, .readOnly)
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            do {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
            } catch let error as Errno {
                throw FileError("read", path, error)
            }
            if bytes.count > limit { throw FileError("read", path, .fileTooLarge) }
        }
    }
}

extension FilePath {
    /// Returns the path with text appended to its last component.
    public func appendingSuffix(_ suffix: String) -> FilePath {
        FilePath(string + suffix)
    }
}
