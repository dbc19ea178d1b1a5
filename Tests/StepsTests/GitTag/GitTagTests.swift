import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import GitTagStep

/// Answers git's commands from a table, by the first word that is no option.
private struct FakeGit: ProcessRunner {
    var answers: [String: (status: PipelineKit.ExitStatus, lines: [String])] = [
        "rev-parse": (.exited(0), ["false", "true"]),
        "--verify": (.exited(0), [String(repeating: "0123456789", count: 4)]),
        "log": (.exited(0), ["2026-01-31T12:00:00+01:00", "1769857200"]),
        "tag": (.exited(0), ["v1.2.0"]),
        "describe": (.exited(0), ["v1.2.0-0-g012345678901"]),
        "status": (.exited(0), []),
    ]
    let commands = Commands()

    final class Commands: Sendable {
        let list = Mutex<[Command]>([])
    }

    func run(
        _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> PipelineKit.ExitStatus {
        commands.list.withLock { $0.append(command) }
        let name = ["--verify", "safe.directory=*"].first(where: command.arguments.contains)
        guard let answer = answers[name ?? command.arguments.first { answers[$0] != nil } ?? ""] else {
            throw ProcessError(.commandNotFound, "there is no command `git`", help: nil)
        }
        for line in answer.lines { output(OutputLine(answer.status.isSuccess ? .output : .error, line)) }
        return answer.status
    }
}

@Suite struct GitTagTests {
    private var git = FakeGit()

    private func run(_ fields: [String: Value] = [:]) async throws -> GitTag.Output {
        let context = StepContext.test(
            environment: ["HOME": "/home/a", "GIT_DIR": "/elsewhere"], processes: git)
        return try await GitTag(.test(fields)).run(in: context)
    }

    private func failure(_ fields: [String: Value] = [:]) async -> StepError? {
        await #expect(throws: StepError.self) { try await run(fields) }
    }

    @Test func theTagNamesTheRelease() async throws {
        let output = try await run()
        #expect(output.version == "v1.2.0" && output.tag == "v1.2.0" && !output.dirty)
        #expect(output.commit == String(repeating: "0123456789", count: 4))
        #expect(output.describe == "v1.2.0-0-g012345678901")
        #expect(output.date == "2026-01-31T12:00:00+01:00" && output.committedAt == "2026-01-31T11:00:00Z")
    }

    /// What git says of a commit whose date is damaged, and what no record can say.
    @Test(arguments: [
        [], [""], ["", ""], ["1970-01-01T00:00:00Z", "-1"], ["+10000-01-01T00:00:00Z", "253402300800"],
    ])
    mutating func aDateThatIsNoneIsNull(lines: [String]) async throws {
        git.answers["log"] = (.exited(0), lines)
        #expect(try await run().committedAt == nil)
    }

    @Test func gitIsAskedQuietlyAndInTheProjectsFolder() async throws {
        _ = try await run(["repository": "site"])
        let commands = git.commands.list.withLock { $0 }
        #expect(commands.count == 6)
        #expect(commands.allSatisfy { $0.directory == "/nowhere/project/site" })
        let environment = ["HOME": "/home/a", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"]
        #expect(commands.allSatisfy { $0.environment == environment })
    }

    @Test mutating func theHighestTagThatCanNameAReleaseIsTaken() async throws {
        git.answers["tag"] = (.exited(0), ["release/2.0", "v1.2.0", "v1.1.0"])
        #expect(try await run().version == "v1.2.0")
    }

    @Test(arguments: [
        ("v$(id)", "`$`"), ("-rf", "`-`"), ("%2e%2e", "`%`"), ("v1🚀", "U+1F680"), ("release/1.2", "`/`"),
        ("..", "starts with `.`"), ("v1 2", "a space"), ("${{x}}", "`$`"),
        (String(repeating: "1", count: 129), "longer than 128"),
        ("vé", "U+E9"), ("a`b", "a back quote"), ("v1..2", "contains `..`"), ("v1.", "ends with `.`"),
    ])
    mutating func otherTagsAreRefusedWithTheReason(tag: String, reason: String) async throws {
        git.answers["tag"] = (.exited(0), [tag])
        for fallback in ["error", "describe", "commit"] {
            let error = await failure(["fallback": .text(fallback)])
            #expect(error?.code == "bad-version")
            #expect(error?.message.contains(reason) == true)
        }
    }

    @Test mutating func withoutATagTheNearestIsNamed() async throws {
        git.answers["tag"] = (.exited(0), [])
        git.answers["describe"] = (.exited(0), ["v1.1-rc-1-3-g012345678901"])
        let error = await failure(["match": "v*"])
        #expect(
            error?.message
                == "no tag that matches `v*` points at the commit 012345678901, which is 3 commits after `v1.1-rc-1`")
        #expect(error?.help?.contains("git tag v1.2.3") == true && error?.help?.contains("fetch-depth") == false)
        git.answers["rev-parse"] = (.exited(0), ["true", "true"])
        #expect(await failure()?.help?.contains("fetch-depth: 0") == true)
    }

    @Test mutating func fallbacksNameTheCommit() async throws {
        git.answers["tag"] = (.exited(0), [])
        git.answers["describe"] = (.exited(0), ["v1.1-3-g012345678901"])
        #expect(try await run(["fallback": "describe"]).version == "v1.1-3-g012345678901")
        #expect(try await run(["fallback": "commit"]).version == "012345678901")
        #expect(try await run(["fallback": "commit"]).tag == nil)
        git.answers["status"] = (.exited(0), [" M a.html"])
        #expect(try await run(["fallback": "describe"]).version == "v1.1-3-g012345678901-dirty")
        #expect(try await run(["fallback": "commit"]).version == "012345678901-dirty")
        git.answers["describe"] = (.exited(0), ["012345678901"])
        #expect(try await run(["fallback": "describe"]).version == "012345678901-dirty")
        git.answers["describe"] = (.exited(0), ["release/1-3-g012345678901"])
        #expect(await failure(["fallback": "describe"])?.message.contains("nearest tag `release/1`") == true)
    }

    @Test mutating func aDirtyTreeIsRefusedOnDemand() async throws {
        git.answers["status"] = (.exited(0), (1...7).map { "?? \($0).html" })
        #expect(try await run().dirty)
        #expect(try await run().version == "v1.2.0")
        #expect(try await run().describe == "v1.2.0-0-g012345678901-dirty")
        let error = await failure(["require-clean": true])
        #expect(error?.code == "dirty-work-tree")
        #expect(error?.message.contains("`?? 5.html` and 2 more") == true)
    }

    @Test mutating func aBareRepositoryIsClean() async throws {
        git.answers["rev-parse"] = (.exited(0), ["false", "false"])
        git.answers["status"] = (.exited(128), ["this operation must be run in a work tree"])
        #expect(try await run(["require-clean": true]).version == "v1.2.0")
    }

    @Test mutating func whatGitRefusesIsToldApart() async throws {
        git.answers["rev-parse"] = (.exited(128), ["fatal"])
        git.answers["safe.directory=*"] = (.exited(128), ["fatal"])
        #expect(await failure()?.code == "no-repository")
        git.answers["safe.directory=*"] = (.exited(0), ["false", "true"])
        #expect(await failure()?.code == "foreign-repository")
        #expect(await failure()?.help?.contains("--add safe.directory /nowhere/project") == true)
        git.answers["rev-parse"] = (.exited(0), ["false", "true"])
        git.answers["--verify"] = (.exited(1), [])
        #expect(await failure()?.code == "no-commits")
        git.answers = [:]
        #expect(await failure()?.code == "git-missing")
    }

    @Test mutating func anUnexpectedFailureShowsGitsWords() async throws {
        git.answers["log"] = (.exited(128), ["fatal: bad object"])
        #expect(await failure()?.code == "git-failed")
        #expect(await failure()?.message.hasSuffix("exit status 128: fatal: bad object") == true)
    }
}
