package import Glibc
public import SystemPackage

/// Looks at what is at a path.
///
/// Only an answer that says so is absence. An I/O error, or a folder that may not be read, is thrown: a rollback that took
/// "it cannot be looked at" for "it is not there" would call a release gone that is still there.
public enum FileStatus {
    /// - Parameter followingLinks: true for what a link leads to, false for the link itself.
    /// - Returns: nil if nothing is there.
    /// - Throws: `FileError` if that cannot be found out.
    package static func of(_ path: FilePath, followingLinks: Bool = false) throws -> stat? {
        var status = stat()
        let result = path.withPlatformString { followingLinks ? stat($0, &status) : lstat($0, &status) }
        if result == 0 { return status }
        let failure = FileError.last("look at", path)
        if isAbsence(failure.errno) { return nil }
        throw failure
    }

    /// True if something is there. A link counts as itself, wherever it leads.
    ///
    /// - Throws: `FileError` if that cannot be found out.
    public static func exists(_ path: FilePath) throws -> Bool { try of(path) != nil }

    /// True for a folder.
    ///
    /// - Parameter followingLinks: true if a link to a folder counts as well.
    /// - Throws: `FileError` if that cannot be found out.
    public static func isFolder(_ path: FilePath, followingLinks: Bool = true) throws -> Bool {
        try of(path, followingLinks: followingLinks).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// True if a failed call says that nothing is there. Nothing can have a name that is too long for the file system.
    public static func isAbsence(_ errno: Errno) -> Bool {
        [.noSuchFileOrDirectory, .notDirectory, .fileNameTooLong].contains(errno)
    }
}
