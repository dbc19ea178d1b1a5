internal import PipelineKit
internal import Releases
internal import Synchronization
internal import TextCoding

/// Asks git in the project which of two commits came first.
struct GitAncestry: Sendable {
    let context: StepContext

    /// Finds out if the first commit is an ancestor of the second. "It is" counts in every clone. "It is not" counts
    /// only if the clone has the whole history: a shallow one lacks the commits in between.
    func check(_ older: String, _ newer: String) async throws -> NewestWins.Ancestry {
        // A manifest's text must not become an option of git.
        guard Self.isCommit(older), Self.isCommit(newer) else {
            return .unknown(
                reason: "`\(SanitizedLine.clean(Self.isCommit(older) ? newer : older))` is not a commit", help: nil)
        }
        do {
            switch try await ask("merge-base", "--is-ancestor", older, newer).status {
            case .exited(0): return .ancestor
            case .exited(1): return try await whyIncomplete() ?? .notAncestor
            default:
                return try await whyIncomplete()
                    ?? .unknown(
                        reason: "this clone lacks one of the two commits", help: Self.advice())
            }
        } catch let error as ProcessError {
            return .unknown(reason: error.message, help: error.help)
        }
    }

    /// A clone of one tag or branch fetches no other unless it is told to.
    private static func advice(_ option: String = "") -> String {
        "fetch all branches, so that git decides: `git fetch \(option)origin '+refs/heads/*:refs/remotes/origin/*'`, "
            + "in GitHub Actions `fetch-depth: 0` of actions/checkout"
    }

    /// - Returns: why the history is incomplete; nil if it is complete.
    private func whyIncomplete() async throws -> NewestWins.Ancestry? {
        let answer = try await ask("rev-parse", "--is-shallow-repository")
        guard answer.status.isSuccess else {
            return .unknown(
                reason: "git finds no repository in \(context.project.folder) (\(answer.complaint))",
                help: "in CI, check the project out with git and its whole history")
        }
        // A git too old to know this option prints it back.
        if answer.line == "false" { return nil }
        return .unknown(reason: "this clone is shallow", help: Self.advice("--unshallow "))
    }

    private struct Answer: Sendable {
        var status: ExitStatus
        /// The last line of the output.
        var line: String
        /// The first line of what git said about a failure.
        var complaint: String
    }

    private func ask(_ arguments: String...) async throws -> Answer {
        let lines = Mutex<[OutputLine]>([])
        var command = Command.git(arguments, in: context.project.folder, context)
        // Without this, a partial clone would fetch a commit that it lacks, with all that belongs to it.
        command.environment["GIT_NO_LAZY_FETCH"] = "1"
        let status = try await context.processes.run(command) { line in lines.withLock { $0.append(line) } }
        let said = lines.withLock { $0 }
        return Answer(
            status: status, line: said.last { $0.stream == .output }?.text ?? "",
            complaint: said.first { $0.stream == .error }.map { SanitizedLine.clean($0.text) } ?? "\(status)")
    }

    private static func isCommit(_ text: String) -> Bool {
        (7...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isHexDigit && !$0.isASCIIUppercase }
    }
}
