internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Runs git commands in one folder.
struct Git: Sendable {
    let folder: FilePath
    private let processes: any ProcessRunner
    private let environment: [String: String]

    init(at folder: FilePath, in context: StepContext) {
        self.folder = folder
        processes = context.processes
        var environment = context.environment.merging(context.stepEnvironment) { $1 }
        // Set where a git hook started the runner; they would win over the folder.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
            environment[name] = nil
        }
        // Not to write the index, to be the same in every language, and never to wait for a person.
        environment["GIT_OPTIONAL_LOCKS"] = "0"
        environment["LC_ALL"] = "C"
        environment["GIT_TERMINAL_PROMPT"] = "0"
        self.environment = environment
    }

    struct Result: Sendable {
        var status: ExitStatus
        var lines: [String]
        /// What git said of a failure.
        var complaint: String
    }

    /// Any exit status is a result.
    func attempt(_ arguments: [String]) async throws -> Result {
        let output = Mutex<[OutputLine]>([])
        let status: ExitStatus
        do {
            status = try await processes.run(
                Command("git", arguments, environment: environment, directory: folder)
            ) { line in
                output.withLock { $0.append(line) }
            }
        } catch let error as ProcessError where error.code == "command-not-found" {
            throw StepError("git-missing", error.message, help: "install git: `apt-get install git`, `dnf install git`")
        } catch let error as ProcessError where error.code == "no-such-directory" {
            throw StepError(
                "no-repository", "there is no folder \(folder)",
                help: "correct `repository`; relative paths start at the project's folder")
        }
        let lines = output.withLock { $0 }
        return Result(
            status: status, lines: lines.filter { $0.stream == .output }.map(\.text),
            complaint: lines.filter { $0.stream == .error }.map { PlainLine.clean($0.text) }.joined(separator: " ⏎ "))
    }

    /// The lines of a command that has no reason to fail here.
    func lines(_ arguments: String...) async throws -> [String] {
        let result = try await attempt(arguments)
        guard result.status.isSuccess else {
            throw StepError(
                "git-failed",
                "`git \(arguments.joined(separator: " "))` in \(folder) ended with \(result.status): \(result.complaint)",
                help: "run it by hand there; `git fsck` tells whether the repository is damaged")
        }
        return result.lines
    }
}
