internal import Glibc
public import SystemPackage

/// A folder that holds a git repository's files.
public enum GitCheckout {
    /// Returns the top of the checkout around a folder; nil if there is none.
    ///
    /// - Parameter folder: absolute.
    public static func top(around folder: FilePath) -> FilePath? {
        var candidate = folder
        while true {
            // In a worktree and in a submodule `.git` is a file.
            if access(candidate.appending(".git").string, F_OK) == 0 { return candidate }
            let parent = candidate.removingLastComponent()
            if parent == candidate || parent.isEmpty { return nil }
            candidate = parent
        }
    }
}

extension GitCheckout {
    /// True if git takes the folder for one. An empty `.git` makes none.
    ///
    /// - Parameter top: as `top(around:)` returns it.
    public static func isRepository(_ top: FilePath) throws -> Bool {
        let git = top.appending(".git")
        if try FileStatus.isFolder(git) {
            return try ["HEAD", "objects", "refs"].allSatisfy { try FileStatus.exists(git.appending($0)) }
        }
        return try DurableFile.read(git, limit: 1 << 16).starts(with: "gitdir:".utf8)
    }
}

extension Command {
    /// Returns a git command that queries the repository of a folder. It writes no index, uses English whatever the
    /// user's language is, and never waits for a person.
    ///
    /// The repository's own settings start no program that a query does not need: no hook, no file system monitor, no
    /// pager, no check of signatures. In a plan, which may be of a stranger's file, the step's `env` and the addresses of
    /// remotes name none either; `filterOverrides` keeps filters off.
    public static func git(_ arguments: [String], in folder: FilePath, _ context: StepContext) -> Command {
        git(arguments, in: folder, environment: context.toolEnvironment, isPlan: context.isPlan)
    }

    /// The same outside of a step.
    public static func git(
        _ arguments: [String], in folder: FilePath, environment: [String: String], isPlan: Bool = false
    ) -> Command {
        var environment = environment
        // These are set if a git hook started the runner, and they would win over the folder.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
            environment[name] = nil
        }
        environment["GIT_OPTIONAL_LOCKS"] = "0"
        environment["LC_ALL"] = "C"
        environment["GIT_TERMINAL_PROMPT"] = "0"
        if isPlan {
            // A commit that a partial clone lacks would be fetched.
            environment["GIT_NO_LAZY_FETCH"] = "1"
            environment["GIT_ALLOW_PROTOCOL"] = "none"
            // A relative folder in PATH is one of the checkout.
            environment["PATH"] = environment["PATH"].map { path in
                path.split(separator: ":").filter { $0.hasPrefix("/") }.joined(separator: ":")
            }
        }
        return Command("git", withoutPrograms + arguments, environment: environment, directory: folder)
    }

    /// Put in front of every command, since `-c` wins over the files of settings.
    static let withoutPrograms = [
        "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false",
    ]
}
