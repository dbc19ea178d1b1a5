public import SystemPackage

extension Command {
    /// Returns a git command that queries the repository of a folder. It writes no index, uses English whatever the
    /// user's language is, and never waits for a person.
    public static func git(_ arguments: [String], in folder: FilePath, _ context: StepContext) -> Command {
        var environment = context.environment.merging(context.stepEnvironment) { $1 }
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
