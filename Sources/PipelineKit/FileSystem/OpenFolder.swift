internal import CLinux
package import Glibc
internal import Synchronization
public import SystemPackage

/// A folder that is held open. What is below it is reached from it, and never through a link: whatever somebody puts in
/// the place of a folder on the way cannot lead out of it.
public final class OpenFolder: Sendable {
    /// For messages.
    public let path: FilePath
    private let descriptor: Int32
    private let calls: OpenCalls
    /// False once the system has said that it has no `openat2`.
    private let hasBeneath: Atomic<Bool>

    /// Follows links on the way: the user has named the folder.
    ///
    /// - Throws: `FileError`.
    public convenience init(_ path: FilePath) throws { try self.init(path, .kernel) }

    /// - Parameter followsLink: false if the folder itself must not be a link.
    package convenience init(_ path: FilePath, _ calls: OpenCalls = .kernel, followsLink: Bool = true) throws {
        let flags = Self.flags | (followsLink ? 0 : O_NOFOLLOW)
        switch calls.entry(AT_FDCWD, path.string, flags, 0) {
        case .success(let descriptor): self.init(path, descriptor, calls, hasBeneath: true)
        case .failure(let errno): throw FileError("open the folder", path, errno)
        }
    }

    private init(_ path: FilePath, _ descriptor: Int32, _ calls: OpenCalls, hasBeneath: Bool) {
        (self.path, self.descriptor, self.calls) = (path, descriptor, calls)
        self.hasBeneath = Atomic(hasBeneath)
    }

    deinit {
        calls.close(descriptor)
    }

    /// It need not be readable.
    private static let flags = Int32(RUNNER_O_PATH) | O_DIRECTORY | O_CLOEXEC

    private func open(_ operation: String, _ name: String, _ flags: Int32, mode: UInt32 = 0) throws -> Int32 {
        let knows = hasBeneath.load(ordering: .relaxed)
        let (opened, stillKnows) = calls.open(name, below: descriptor, flags, mode, hasBeneath: knows)
        if knows && !stillKnows { hasBeneath.store(false, ordering: .relaxed) }
        switch opened {
        case .success(let descriptor): return descriptor
        case .failure(let errno): throw FileError(operation, path(name), errno)
        }
    }

    /// The path of what is below it, for messages.
    package func path(_ name: String) -> FilePath {
        name == "." ? path : FilePath(path.string == "/" ? "/" + name : path.string + "/" + name)
    }

    // MARK: - By paths

    /// Opens a regular file.
    ///
    /// - Parameter name: its path below the folder.
    /// - Throws: `FileError`, also if it is not a regular file.
    public func file(_ name: String) throws -> RegularFile {
        let descriptor = try open("open", name, O_RDONLY | O_NONBLOCK)
        return try RegularFile(path(name), FileDescriptor(rawValue: descriptor))
    }

    /// Opens a folder.
    ///
    /// - Parameter name: its path below the folder.
    /// - Throws: `FileError`, also if it is not a folder.
    public func folder(_ name: String) throws -> OpenFolder {
        let descriptor = try open("open the folder", name, Self.flags)
        return OpenFolder(path(name), descriptor, calls, hasBeneath: hasBeneath.load(ordering: .relaxed))
    }

    /// The same, if there is one.
    ///
    /// - Returns: nil if nothing is there. A link, or a file, is an error.
    package func folderIfThere(_ name: String) throws -> OpenFolder? {
        do {
            return try folder(name)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Opens a folder to list it. Whoever gets the descriptor closes it.
    package func listable(_ name: String) throws -> Int32 {
        try open("read the folder", name, O_RDONLY | O_DIRECTORY)
    }

    // MARK: - By names of its own entries

    /// Their names, without `.` and `..`, in no order.
    package func entries() throws -> [String] {
        let readable = try listable(".")
        guard let stream = fdopendir(readable) else {
            let failure = FileError.last("read the folder", path)
            close(readable)
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
        guard Glibc.errno == 0 else { throw FileError.last("read the folder", path) }
        return names
    }

    /// The status of an entry itself, even if it is a link; nil if there is none.
    package func status(of name: String) throws -> stat? {
        var status = stat()
        if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        let failure = FileError.last("look at", path(name))
        if FileStatus.isAbsence(failure.errno) { return nil }
        throw failure
    }

    /// True for a folder, but not for a link to one.
    package func hasFolder(_ name: String) throws -> Bool {
        try status(of: name).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    package func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.last("look at", path) }
        return status
    }

    /// What a link holds that belongs to this user or to root; nil if the entry is none. Nobody can exchange it in between.
    package func ownLink(_ name: String) throws -> FilePath? {
        let flags = Int32(RUNNER_O_PATH) | O_NOFOLLOW | O_CLOEXEC
        guard case .success(let link) = calls.entry(descriptor, name, flags, 0) else { return nil }
        defer { calls.close(link) }
        var status = stat()
        guard fstat(link, &status) == 0 else { throw FileError.last("look at", path(name)) }
        guard status.st_mode & S_IFMT == S_IFLNK, [0, geteuid()].contains(status.st_uid) else { return nil }
        var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard readlinkat(link, "", &text, text.count - 1) >= 0 else {
            throw FileError.last("read the link", path(name))
        }
        return FilePath(platformString: text)
    }

    /// Makes a new file. An entry of that name, also a link, is never opened.
    package func create(_ name: String, mode: FilePermissions) throws -> FileDescriptor {
        try Failpoint.file.pass()
        return FileDescriptor(
            rawValue: try open("open", name, O_WRONLY | O_CREAT | O_EXCL, mode: UInt32(mode.rawValue)))
    }

    /// - Returns: false if something of that name is there.
    package func makeFolder(_ name: String, mode: FilePermissions) throws -> Bool {
        try Failpoint.file.pass()
        if mkdirat(descriptor, name, mode.rawValue) == 0 { return true }
        let failure = FileError.last("make the folder", path(name))
        if failure.errno == .fileExists { return false }
        throw failure
    }

    /// - Returns: nil if it is removed; otherwise why not.
    package func remove(_ name: String) -> Errno? {
        unlinkat(descriptor, name, 0) == 0 ? nil : Errno(rawValue: errno)
    }

    /// - Returns: false if it is not empty, is no folder or cannot be removed.
    package func removeFolder(_ name: String) -> Bool { unlinkat(descriptor, name, AT_REMOVEDIR) == 0 }

    /// Gives an entry a second name.
    ///
    /// - Returns: nil if that is done; otherwise why not.
    package func link(_ name: String, to other: String, in folder: OpenFolder) -> Errno? {
        linkat(descriptor, name, folder.descriptor, other, 0) == 0 ? nil : Errno(rawValue: errno)
    }

    /// Moves an entry over another one atomically. The caller must sync the folders.
    package func rename(_ name: String, to other: String, in folder: OpenFolder) throws {
        try Failpoint.file.pass()
        guard renameat(descriptor, name, folder.descriptor, other) == 0 else {
            throw FileError.last("rename \(path(name)) to", folder.path(other))
        }
    }

    /// Gives an entry, which must not be a link, the time at which another one was changed.
    package func setTime(of name: String, to time: timespec) throws {
        guard utimensat(descriptor, name, [time, time], AT_SYMLINK_NOFOLLOW) == 0 else {
            throw FileError.last("set the time of", path(name))
        }
    }

    /// Sets the mode of the folder itself.
    package func setMode(_ mode: FilePermissions) throws {
        let group = try status().st_mode & S_ISGID
        // A descriptor that only names it takes no fchmod.
        let readable = try listable(".")
        defer { close(readable) }
        fchmod(readable, mode.rawValue | group)
    }

    /// Makes its entries durable: new, renamed and removed names.
    package func sync() throws {
        try Failpoint.file.pass()
        let readable = try listable(".")
        defer { close(readable) }
        guard fsync(readable) == 0 else { throw FileError.last("sync", path) }
    }

    /// Replaces a file atomically, as `DurableFile.write` does.
    package func write(_ bytes: [UInt8], to name: String, mode: FilePermissions) throws {
        let temporary = name + ".tmp"
        let file = try createAnew(temporary, mode: mode)
        do {
            defer { try? file.close() }
            try DurableFile.writeAll(bytes, to: file, at: path(temporary))
            try DurableFile.sync(file, at: path(temporary))
            try rename(temporary, to: name, in: self)
        } catch {
            // Nobody would look for it again: the name can be a run's.
            _ = remove(temporary)
            throw error
        }
        try sync()
    }

    /// Makes a new file in the place of one that was left there, or of a link that was put there.
    package func createAnew(_ name: String, mode: FilePermissions) throws -> FileDescriptor {
        _ = remove(name)
        return try create(name, mode: mode)
    }
}
