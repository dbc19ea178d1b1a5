internal import Glibc
public import SystemPackage

/// Whose a run folder is. What it holds is done: its pipeline's commands are run, and what it says was there before is
/// restored. So it must come from this user on this machine, and from nobody who could put files here.
public enum RunOwner {
    /// - Throws: `ForeignRun`; `FileError` if there is no such folder, or it cannot be looked at.
    public static func check(_ folder: FilePath) throws {
        guard let status = try FileStatus.of(folder) else { throw FileError("open", folder, .noSuchFileOrDirectory) }
        if let reason = reason(status, user: geteuid(), others: S_IRWXG | S_IRWXO) {
            throw ForeignRun(folder: folder, reason: reason)
        }
    }

    /// The same for the folder that all runs are in, which others must not be able to write into.
    ///
    /// - Throws: `ForeignRun`; `FileError` if it cannot be looked at.
    public static func checkRuns(_ folder: FilePath) throws {
        guard let status = try FileStatus.of(folder) else { return }
        if let reason = reason(status, user: geteuid(), others: S_IWGRP | S_IWOTH) {
            throw ForeignRun(folder: folder, reason: reason)
        }
    }

    /// - Parameter others: the rights that nobody else may have.
    static func reason(_ status: stat, user: uid_t, others: mode_t) -> ForeignRun.Reason? {
        switch status.st_mode & S_IFMT {
        case S_IFLNK: .link
        case S_IFDIR where status.st_uid != user: .owner(status.st_uid)
        case S_IFDIR where status.st_mode & others != 0: .mode(status.st_mode & 0o7777)
        case S_IFDIR: nil
        default: .noFolder
        }
    }
}

/// A folder of runs that this user's runner has not made, or that others may have written into.
public struct ForeignRun: DescribedError {
    public enum Reason: Hashable, Sendable {
        case link
        case noFolder
        /// The number of the user whose it is.
        case owner(UInt32)
        case mode(UInt32)
        /// Git has it from a commit.
        case tracked
    }

    public var folder: FilePath
    public var reason: Reason

    public init(folder: FilePath, reason: Reason) {
        (self.folder, self.reason) = (folder, reason)
    }

    public var code: String { "foreign-run" }

    public var message: String {
        switch reason {
        case .link: "\(folder) is a symbolic link, and runs are kept in real folders: what it leads to is not trusted"
        case .noFolder: "\(folder) is a file, and runs are kept in folders"
        case .owner(let user):
            "the run folder \(folder) belongs to user \(user), and this is user \(geteuid()): what it says is not trusted"
        case .mode(let mode):
            "others than its owner may use the run folder \(folder) (mode \(Self.octal(mode))): what it says is not trusted"
        case .tracked:
            "git tracks the run folder \(folder): it came with the checkout, and was not made here, so what it says is not "
                + "trusted"
        }
    }

    public var help: String? {
        let word = ShellWord.quoted(folder.string)
        let elsewhere =
            "if owners or modes cannot be set there, as on some volumes of containers, keep runs in another folder: "
            + "`--state FOLDER`, or RUNNER_STATE"
        switch reason {
        case .link, .noFolder:
            return "find out who made it: `ls -ld \(word)`; remove it, or name another folder with `--state`"
        case .owner:
            return "type the command as that user, not as root; if nobody of yours made it, remove it; " + elsewhere
        case .mode:
            return "if you know that nobody else has written into it: `chmod go= \(word)`; otherwise remove it; "
                + elsewhere
        case .tracked:
            return "find out who has committed it, and take it out: `git -C \(ShellWord.quoted(parent)) rm -r -q -- "
                + "\(ShellWord.quoted(folder.lastComponent?.string ?? "."))`"
        }
    }

    private var parent: String { folder.removingLastComponent().string }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
