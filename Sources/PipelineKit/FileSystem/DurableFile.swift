internal import Glibc
public import SystemPackage

/// Files and folders that are on the disk before the call returns.
public enum DurableFile {
    /// Replaces a file atomically: readers see the old or the new content, even after a crash.
    public static func write(_ bytes: [UInt8], to path: FilePath, mode: FilePermissions = [.ownerReadWrite]) throws {
        try folder(of: path).write(bytes, to: name(of: path), mode: mode)
    }

    static func name(of path: FilePath) -> String { path.lastComponent?.string ?? "." }

    static func folder(of path: FilePath) throws -> OpenFolder {
        let parent = path.removingLastComponent()
        return try OpenFolder(parent.isEmpty ? "." : parent)
    }

    /// Makes a new file in the place of one that was left there, or of a link that was put there: what that leads to stays
    /// as it is.
    public static func createAnew(_ path: FilePath, mode: FilePermissions = [.ownerReadWrite]) throws -> FileDescriptor
    {
        try folder(of: path).createAnew(name(of: path), mode: mode)
    }

    /// Removes a file, if it is there. It may be back after a crash.
    public static func remove(_ path: FilePath) {
        guard (try? Failpoint.file.pass()) != nil else { return }
        unlink(path.string)
    }

    /// Moves an entry over another one atomically. The caller must sync the folder.
    public static func rename(_ source: FilePath, to target: FilePath) throws {
        try Failpoint.file.pass()
        guard Glibc.rename(source.string, target.string) == 0 else {
            throw FileError.last("rename \(source) to", target)
        }
    }

    /// Makes a folder and its missing parents, each durable in its parent.
    public static func makeFolder(_ path: FilePath, mode: FilePermissions = [.ownerReadWriteExecute]) throws {
        try Failpoint.file.pass()
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

    /// Returns the names in a folder, without `.` and `..`, in no order; none if the folder does not exist.
    public static func entries(of folder: FilePath) throws -> [String] {
        do {
            return try OpenFolder(folder).entries()
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return []
        }
    }

    /// Makes the entries of the folder that holds `path` durable: a new, renamed or removed name.
    public static func syncFolder(of path: FilePath) throws {
        try folder(of: path).sync()
    }

    public static func sync(_ file: FileDescriptor, at path: FilePath) throws {
        try Failpoint.file.pass()
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

    /// The same for a regular file. It never waits: opening a pipe would wait for whoever has its other end.
    ///
    /// - Parameter followsLink: false if a link in the place of the file is an error.
    /// - Throws: `FileError`, also if something else than a regular file is there.
    public static func openRegular(
        _ path: FilePath, _ access: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = [],
        mode: FilePermissions = [.ownerReadWrite], followsLink: Bool = true
    ) throws -> FileDescriptor {
        let file = try open(
            path, access, options: options.union(followsLink ? [.nonBlocking] : [.nonBlocking, .noFollow]), mode: mode)
        do {
            try checkRegular(file, path)
        } catch {
            try? file.close()
            throw error
        }
        return file
    }

    /// - Returns: what it is.
    @discardableResult
    static func checkRegular(_ file: FileDescriptor, _ path: FilePath) throws -> stat {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw FileError.last("look at", path) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return status
        case S_IFDIR: throw FileError("open", path, .isDirectory)
        // What opening a socket, or a pipe for writing, gives as well.
        default: throw FileError("open", path, .noSuchAddressOrDevice)
        }
    }

    public static func writeAll(_ bytes: [UInt8], to file: FileDescriptor, at path: FilePath) throws {
        try Failpoint.file.pass()
        do {
            _ = try file.writeAll(bytes)
        } catch let error as Errno {
            throw FileError("write", path, error)
        }
    }

    /// Returns the whole content.
    ///
    /// - Parameters:
    ///   - limit: in bytes; a larger file is refused with `fileTooLarge`.
    ///   - followsLink: false if a link in the place of the file is an error.
    public static func read(_ path: FilePath, limit: Int = .max, followsLink: Bool = true) throws -> [UInt8] {
        try read(RegularFile(path, followsLink: followsLink), limit: limit)
    }

    package static func read(_ file: RegularFile, limit: Int = .max) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > limit { throw FileError("read", file.path, .fileTooLarge) }
        }
    }
}

extension FilePath {
    /// Returns the path with text appended to its last component.
    public func appendingSuffix(_ suffix: String) -> FilePath {
        FilePath(string + suffix)
    }
}
