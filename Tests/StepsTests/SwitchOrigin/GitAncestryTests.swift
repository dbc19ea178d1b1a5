import PipelineKit
import SystemPackage
import Testing
import TestSupport

@testable import SwitchOriginStep

@Suite struct GitAncestryTests {
    /// Answers every command alike.
    private struct Git: ProcessRunner {
        var status: PipelineKit.ExitStatus
        func run(
            _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
        ) async throws -> PipelineKit.ExitStatus {
            #expect(command.executable == "git" && command.directory == "/nowhere/project")
            #expect(command.arguments == ["merge-base", "--is-ancestor", "aaaaaaa", "bbbbbbb"])
            return status
        }
    }

    @Test(arguments: [(0, true), (1, false), (128, nil)] as [(Int, Bool?)])
    func readsTheExitStatus(status: Int, expected: Bool?) async throws {
        let git = GitAncestry(context: .test(processes: Git(status: .exited(status))))
        #expect(try await git.isAncestor("aaaaaaa", "bbbbbbb") == expected)
    }

    @Test func cannotTellWithoutGit() async throws {
        #expect(try await GitAncestry(context: .test()).isAncestor("aaaaaaa", "bbbbbbb") == nil)
    }

    /// A manifest may say anything.
    @Test(arguments: ["--help", "main", "aaaaaa", "", "AAAAAAA", String(repeating: "a", count: 65)])
    func asksOnlyForCommits(text: String) async throws {
        let git = GitAncestry(context: .test(processes: Git(status: .exited(0))))
        #expect(try await git.isAncestor(text, "bbbbbbb") == nil)
        #expect(try await git.isAncestor("aaaaaaa", text) == nil)
    }
}
