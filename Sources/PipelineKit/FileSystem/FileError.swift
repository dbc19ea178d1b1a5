internal import Glibc
public import SystemPackage

/// A call of the operating system on a file that failed.
public struct FileError: DescribedError {
    /// What was tried, as an infinitive: "open", "write", "rename".
    public var operation: String
    public var path: FilePath
    public var errno: Errno

    public init(_ operation: String, _ path: FilePath, _ errno: Errno) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// Takes the thread's `errno`. Call it directly after the failed call.
    public static func last(_ operation: String, _ path: FilePath) -> FileError {
        FileError(operation, path, Errno(rawValue: Glibc.errno))
    }

    public var code: String {
        switch errno {
        case .noSuchFileOrDirectory: "no-such-file"
        case .permissionDenied, .notPermitted, .readOnlyFileSystem: "permission-denied"
        case .noSpace, .diskQuotaExceeded: "disk-full"
        default: "file-error"
        }
    }

    /// True if somebody else's rights, or a file system that is mounted to be read only, stand in the way.
    public var isDenied: Bool { [.permissionDenied, .notPermitted, .readOnlyFileSystem].contains(errno) }

    public var message: String { "cannot \(operation) \(path): \(reason)" }

    private var reason: String {
        switch errno {
        case .noSuchFileOrDirectory: "there is no such file or folder"
        case .permissionDenied, .notPermitted: "permission denied"
        case .readOnlyFileSystem: "the file system is read-only"
        case .noSpace: "no space is left on the disk"
        case .diskQuotaExceeded: "the disk quota is used up"
        case .fileExists: "it already exists"
        case .isDirectory: "it is a folder"
        case .notDirectory: "a part of the path is not a folder"
        case .directoryNotEmpty: "the folder is not empty"
        case .tooManySymbolicLinkLevels: "it is a symbolic link, or leads through one that is not followed"
        case .improperLink: "it leads out of its folder"
        case .noSuchAddressOrDevice: "it is a pipe, a socket or a device, and must be a regular file"
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "too many files are open"
        default: "\(errno)"
        }
    }

    /// The path and every folder that it leads through, as words of a shell.
    private var parts: String {
        var parts: [FilePath] = []
        var part = path
        while !part.components.isEmpty {
            parts.append(part)
            part.removeLastComponent()
        }
        return parts.reversed().map { ShellWord.quoted($0.string) }.joined(separator: " ")
    }

    public var help: String? {
        switch errno {
        case .noSuchFileOrDirectory: "check the path; relative paths start at the project's folder"
        case .permissionDenied, .notPermitted, .notDirectory:
            "look at the owner and the mode of each part of the path: `ls -ld \(parts)`"
        case .tooManySymbolicLinkLevels, .improperLink, .noSuchAddressOrDevice:
            "find out who put it there, and remove it if it is not needed: `ls -ld \(parts)`"
        case .noSpace, .diskQuotaExceeded:
            "make room on the disk (`df -h \(ShellWord.quoted(path.removingLastComponent().string))`) and run again"
        case .tooManyOpenFiles:
            "let the shell or the service that starts the runner set a higher hard limit of open files"
        default: nil
        }
    }
}
