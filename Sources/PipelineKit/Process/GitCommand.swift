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
    public static func git(_ arguments: [String], in folder: FilePath, _ context: StepContext) -> Command {
        git(arguments, in: folder, environment: context.environment.merging(context.stepEnvironment) { $1 })
    }

    /// The same outside of a step.
    public static func git(_ arguments: [String], in folder: FilePath, environment: [String: String]) -> Command {
        var environment = environment
        // These are set if a git hook started the runner, and they would win over the folder.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
            environment[name] = nil
        }
        environment["GIT_OPTIONAL_LOCKS"] = "0"
        environment["LC_ALL"] = "C"
        environment["GIT_TERMINAL_PROMPT"] = "0"
        return Command("git", arguments, environment: environment, directory: folder)
    }
}
