internal import Glibc
public import SystemPackage

/// An exclusive `flock` on a file. The kernel releases it when the process ends, however it ends. If its file may be
/// deleted or replaced, `isOn` tells whether the lock is still one.
public final class FileLock: Sendable {
    private let file: FileDescriptor

    private init(_ file: FileDescriptor) {
        self.file = file
    }

    deinit {
        // Closing alone is not enough: a child that was just forked holds the same lock until it executes its program.
        flock(file.rawValue, LOCK_UN)
        try? file.close()
    }

    /// Tries once, without waiting. A link in the file's place is an error: somebody could have another file made, or get
    /// another one's mode changed.
    ///
    /// - Returns: nil if another process, or another descriptor of this one, holds it.
    public static func tryLock(_ path: FilePath, mode: FilePermissions = [.ownerReadWrite]) throws -> FileLock? {
        let file = try DurableFile.openRegular(
            path, .readWrite, options: [.create], mode: mode, followsLink: false)
        setMode(of: file, to: mode)
        return try tryLock(file, path)
    }

    /// A lock on a folder, which makes nothing and keeps nobody out of it.
    public enum OfFolder {
        case held(FileLock)
        /// Another process, or another descriptor of this one, holds it.
        case busy
        /// The file system does not lock folders, as NFS.
        case unavailable
    }

    /// Tries once, without waiting.
    public static func tryLock(folder path: FilePath) throws -> OfFolder {
        let folder: FileDescriptor
        do {
            folder = try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
        } catch let errno as Errno {
            throw FileError("open", path, errno)
        }
        do {
            return try tryLock(folder, path).map { .held($0) } ?? .busy
        } catch {
            return .unavailable
        }
    }

    private static func tryLock(_ file: FileDescriptor, _ path: FilePath) throws -> FileLock? {
        if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return FileLock(file) }
        let failure = FileError.last("lock", path)
        try? file.close()
        if failure.errno == .wouldBlock { return nil }
        throw failure
    }

    /// Whoever can open a file can lock it. So it gets its mode whatever the umask is, and also if it is an older one.
    private static func setMode(of file: FileDescriptor, to mode: FilePermissions) {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o777 != mode.rawValue
        else { return }
        fchmod(file.rawValue, mode.rawValue)
    }

    /// True if the file at the path is the one that is locked. False if somebody has deleted or replaced it: whoever
    /// comes next locks another file.
    ///
    /// - Throws: `FileError` if that cannot be found out.
    public func isOn(_ path: FilePath) throws -> Bool {
        var locked = stat()
        guard fstat(file.rawValue, &locked) == 0 else { throw FileError.last("look at", path) }
        guard let there = try FileStatus.of(path) else { return false }
        return locked.st_ino == there.st_ino && locked.st_dev == there.st_dev
    }
}
