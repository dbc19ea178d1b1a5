import PipelineKit
import Releases
import SystemPackage
import Testing
import TestSupport

@testable import SwitchOriginStep

@Suite struct GitAncestryTests {
    /// Answers the question for the ancestor, and the one for a shallow clone.
    private struct Git: ProcessRunner {
        var status: PipelineKit.ExitStatus
        var shallow: (status: PipelineKit.ExitStatus, line: OutputLine) = (.exited(0), OutputLine(.output, "false"))

        func run(
            _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
        ) async throws -> PipelineKit.ExitStatus {
            #expect(command.executable == "git" && command.directory == "/nowhere/project")
            #expect(command.environment["GIT_DIR"] == nil && command.environment["GIT_NO_LAZY_FETCH"] == "1")
            if command.arguments.suffix(2) == ["rev-parse", "--is-shallow-repository"] {
                output(shallow.line)
                return shallow.status
            }
            #expect(command.arguments.suffix(4) == ["merge-base", "--is-ancestor", "aaaaaaa", "bbbbbbb"])
            return status
        }
    }

    private func check(_ git: any ProcessRunner) async throws -> NewestWins.Ancestry {
        let context = StepContext.test(environment: ["GIT_DIR": "/elsewhere"], processes: git)
        return try await GitAncestry(context: context).check("aaaaaaa", "bbbbbbb")
    }

    private func doubt(_ git: any ProcessRunner) async throws -> (reason: String, help: String?)? {
        guard case .unknown(let reason, let help) = try await check(git) else { return nil }
        return (reason, help)
    }

    @Test func aWholeHistoryTellsBoth() async throws {
        #expect(try await check(Git(status: .exited(0))) == .ancestor)
        #expect(try await check(Git(status: .exited(1))) == .notAncestor)
    }

    /// An old git repeats a question that it does not know.
    @Test(arguments: ["true", "--is-shallow-repository"])
    func aShallowCloneTellsOnlyWhatIs(answer: String) async throws {
        let shallow = (PipelineKit.ExitStatus.exited(0), OutputLine(.output, answer))
        #expect(try await check(Git(status: .exited(0), shallow: shallow)) == .ancestor)
        for status in [1, 128] {
            let doubt = try await doubt(Git(status: .exited(status), shallow: shallow))
            #expect(
                doubt?.reason == "this clone is shallow"
                    && doubt?.help?.contains("`git fetch --unshallow origin ") == true)
        }
    }

    @Test func aCommitThatIsMissingIsUnknown() async throws {
        let doubt = try await doubt(Git(status: .exited(128)))
        #expect(
            doubt?.reason == "this clone lacks one of the two commits"
                && doubt?.help?.contains("`git fetch origin ") == true)
    }

    @Test func noRepositoryIsUnknown() async throws {
        let git = Git(
            status: .exited(128), shallow: (.exited(128), OutputLine(.error, "fatal: not a git repository")))
        #expect(
            try await doubt(git)?.reason
                == "git finds no repository in /nowhere/project (fatal: not a git repository)")
    }

    @Test func noGitIsUnknown() async throws {
        #expect(try await doubt(NoProcesses())?.reason == "a unit test started git")
    }

    /// A manifest may say anything.
    @Test(arguments: ["--help", "main", "aaaaaa", "", "AAAAAAA", String(repeating: "a", count: 65)])
    func asksOnlyForCommits(text: String) async throws {
        let git = GitAncestry(context: .test(processes: NoProcesses()))
        let unknown = NewestWins.Ancestry.unknown(reason: "`\(text)` is not a commit", help: nil)
        #expect(try await git.check(text, "bbbbbbb") == unknown)
        #expect(try await git.check("aaaaaaa", text) == unknown)
    }
}
