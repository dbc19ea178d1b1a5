internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Runs git commands in one folder.
struct Git: Sendable {
    let folder: FilePath
    private let context: StepContext

    init(at folder: FilePath, in context: StepContext) {
        self.folder = folder
        self.context = context
    }

    /// True if git can find a configuration of the user's own.
    var hasHome: Bool { context.toolEnvironment["HOME"]?.isEmpty == false }

    /// True if it must start no program that the repository's settings name.
    var isOfPlan: Bool { context.isPlan }

    struct Result: Sendable {
        var status: ExitStatus
        var lines: [String]
        /// What git said about a failure.
        var complaint: String
    }

    /// Runs a command; any exit status is a result.
    func attempt(_ arguments: [String]) async throws -> Result {
        let output = Mutex<[OutputLine]>([])
        let status: ExitStatus
        do {
            status = try await context.processes.run(.git(arguments, in: folder, context)) { line in
                output.withLock { $0.append(line) }
            }
        } catch let error as ProcessError where error.kind == .commandNotFound {
            throw StepError("git-missing", error.message, help: "install git: `apt-get install git`, `dnf install git`")
        } catch let error as ProcessError where error.kind == .noSuchDirectory {
            throw StepError(
                "no-repository", "there is no folder \(folder)",
                help: "correct `repository`; relative paths start at the project's folder")
        }
        let lines = output.withLock { $0 }
        return Result(
            status: status, lines: lines.filter { $0.stream == .output }.map(\.text),
            complaint: lines.filter { $0.stream == .error }.map { SanitizedLine.clean($0.text) }.joined(
                separator: " ⏎ "))
    }

    /// The lines of a command that has no reason to fail here.
    func lines(_ arguments: String...) async throws -> [String] { try await lines(arguments) }

    func lines(_ arguments: [String]) async throws -> [String] {
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
