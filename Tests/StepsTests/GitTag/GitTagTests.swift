import Logging
import PipelineKit
import Releases
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
        "--merged": (.exited(0), []),
        "--contains": (.exited(0), []),
        "--git-path": (.exited(1), []),
        "--sort=refname": (.exited(0), []),
        "config": (.exited(1), []),
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
        let name = ["--verify", "safe.directory=*", "--merged", "--contains", "--git-path", "--sort=refname"].first(
            where: command.arguments.contains)
        guard let answer = answers[name ?? command.arguments.first { answers[$0] != nil } ?? ""] else {
            throw ProcessError(.commandNotFound, "there is no command `git`", help: nil)
        }
        for line in answer.lines { output(OutputLine(answer.status.isSuccess ? .output : .error, line)) }
        return answer.status
    }
}

@Suite struct GitTagTests {
    private var git = FakeGit()

    private let lines = LoggedLines()

    private func run(_ fields: [String: Value] = [:], runID: String = "run-1") async throws -> GitTag.Output {
        let context = StepContext.test(
            runID: runID, environment: ["HOME": "/home/a", "GIT_DIR": "/elsewhere"],
            logger: Logger(label: "test") { [lines] _ in lines }, processes: git)
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

    @Test mutating func aTagThatCannotNameAReleaseIsPassedOver() async throws {
        git.answers["tag"] = (.exited(0), ["release/2.0", "v1.2.0", "v1.1.0"])
        #expect(try await run().version == "v1.2.0")
        #expect(
            lines.texts == [
                "info took the tag `v1.2.0`; also at this commit: `v1.1.0`, `release/2.0` (cannot name a release: it "
                    + "contains `/`)"
            ])
    }

    @Test(arguments: [
        ("v$(id)", "`$`"), ("-rf", "`-`"), ("%2e%2e", "`%`"), ("v1🚀", "U+1F680"), ("release/1.2", "`/`"),
        ("..", "starts with `.`"), ("v1 2", "a space"), ("${{x}}", "`$`"),
        (String(repeating: "1", count: 129), "longer than 128"),
        ("vé", "U+E9"), ("a`b", "a back quote"), ("v1..2", "contains `..`"), ("v1.", "ends with `.`"),
    ])
    mutating func otherTagsAreRefusedWithTheReasonUnlessThereIsAFallback(tag: String, reason: String) async throws {
        git.answers["tag"] = (.exited(0), [tag])
        git.answers["describe"] = (.exited(0), ["\(tag)-0-g012345678901"])
        let error = await failure()
        #expect(error?.code == "bad-version")
        #expect(error?.message.contains(reason) == true)
        for fallback in ["describe", "commit"] {
            let output = try await run(["fallback": .text(fallback)])
            #expect(output.version == "012345678901" && output.tag == nil && output.describe == "012345678901")
        }
        let told = lines.texts.filter { $0.hasPrefix("notice no tag at this commit can name a release") }
        #expect(told.count == 2 && told.allSatisfy { $0.contains(reason) }, "\(lines.texts)")
    }

    @Test mutating func severalTagsThatCannotNameAReleaseAreToldOnce() async throws {
        git.answers["tag"] = (.exited(0), (1...7).map { "@acme/web@\($0).0.0" })
        let error = await failure()
        #expect(
            error?.message.contains("`@acme/web@5.0.0` contains `@` and 2 more") == true, "\(String(describing: error))"
        )
        #expect(error?.help?.contains("strip-prefix") == true)
        #expect(try await run(["fallback": "commit"]).version == "012345678901")
        #expect(
            lines.texts.count == 1 && lines.texts[0].contains(" and 2 more; `strip-prefix: \"@acme/web@\"` takes"),
            "\(lines.texts)")
    }

    @Test(arguments: [
        ("site/", "site/v1.2.3", "v1.2.3"), ("@acme/web@", "@acme/web@1.0.0", "1.0.0"),
        ("web-", "web-v1.2.3", "v1.2.3"),
        ("v", "v1.2.3", "1.2.3"), ("site/", "site/v1.0.0+build.5", "v1.0.0_build.5"),
    ])
    mutating func aPrefixIsTakenOff(prefix: String, tag: String, name: String) async throws {
        git.answers["tag"] = (.exited(0), ["api/v9.9.9", "9.9.9", "latest", tag])
        git.answers["describe"] = (.exited(0), ["\(tag)-2-g012345678901"])
        let output = try await run(["strip-prefix": .text(prefix)])
        #expect(output.version == name && output.tag == tag && output.describe == "\(name)-2-g012345678901")
        let asked = git.commands.list.withLock { $0 }.map(\.arguments)
        #expect(asked.filter { $0.contains(prefix + "*") }.count == 2)
        git.answers["tag"] = (.exited(0), ["api/v9.9.9", "9.9.9"])
        let refused = await failure(["strip-prefix": .text(prefix)])
        #expect(refused?.code == "no-tag" && refused?.message.contains("matches `\(prefix)*`") == true)
        #expect(
            try await run(["strip-prefix": .text(prefix), "match": "a*", "fallback": "describe"]).version
                == "\(name)-2-g012345678901")
    }

    @Test(arguments: ["", "site/*", "a b", "v^", "[v]"])
    func aPrefixIsNoPattern(prefix: String) {
        #expect(GitTag.Options.problems(["strip-prefix": .text(prefix)]).count == 1)
    }

    @Test mutating func twoTagsOfOneNameAreAnError() async throws {
        git.answers["tag"] = (.exited(0), ["v1.0.0+a", "v1.0.0_a", "v0.9.0"])
        let error = await failure(["fallback": "commit"])
        #expect(error?.code == "ambiguous-tags")
        #expect(
            error?.message == "the tags `v1.0.0+a` and `v1.0.0_a` at this commit both name the release v1.0.0_a")
        git.answers["tag"] = (.exited(0), ["v1.0.0+a", "v1.0.0_b"])
        #expect(try await run().version == "v1.0.0_a")
    }

    @Test mutating func everyRunCanHaveAReleaseOfItsOwn() async throws {
        let runID = "20260131-235959-123-9f3a"
        #expect(try await run(["append": "run"], runID: runID).version == "v1.2.0-" + runID)
        #expect(try await run(["append": "none"], runID: runID).version == "v1.2.0")
        let longest = String(repeating: "1", count: 103)
        git.answers["tag"] = (.exited(0), [longest])
        #expect(try await run(["append": "run"], runID: runID).version.utf8.count == ReleaseVersion.maximumLength)
        git.answers["tag"] = (.exited(0), [longest + "1"])
        #expect(try await run(runID: runID).version == longest + "1")
        let error = await #expect(throws: StepError.self) { try await run(["append": "run"], runID: runID) }
        #expect(error?.message.hasSuffix("is longer than 103 bytes, and the run's id takes the other 25") == true)
        git.answers["tag"] = (.exited(0), [])
        git.answers["describe"] = (.exited(0), ["\(longest)-3-g012345678901"])
        #expect(
            try await run(["append": "run", "fallback": "describe"], runID: runID).version == "012345678901-" + runID)
        git.answers["status"] = (.exited(0), [" M a.html"])
        #expect(
            try await run(["append": "run", "fallback": "commit"], runID: runID).version
                == "012345678901-dirty-" + runID)
    }

    @Test mutating func aFallbackTellsWhatSpeaksAgainstIt() async throws {
        git.answers["tag"] = (.exited(0), [])
        git.answers["describe"] = (.exited(0), ["v1.1-1-g012345678901"])
        _ = try await run(["fallback": "commit"])
        #expect(
            lines.texts == [
                "info no tag points at the commit 012345678901, which is 1 commit after `v1.1`, so `fallback` names "
                    + "the release"
            ])
        git.answers["rev-parse"] = (.exited(0), ["true", "true"])
        git.answers["--contains"] = (.exited(0), ["v1.2", "v1.3"])
        _ = try await run(["fallback": "commit"])
        #expect(
            lines.texts.suffix(2) == [
                "warning the clone is shallow and may lack its tags: `git fetch --unshallow --tags`, in GitHub "
                    + "Actions `fetch-depth: 0` of actions/checkout",
                "warning this commit is older than what these tags are at: `v1.2`, `v1.3`; if one of them was at it, "
                    + "the tag was moved",
            ])
        // A pattern that no tag can match says that none is wanted.
        let before = lines.texts.count
        _ = try await run(["fallback": "commit", "match": "/"])
        #expect(lines.texts.count == before)
    }

    @Test mutating func withoutATagTheNearestIsNamed() async throws {
        git.answers["tag"] = (.exited(0), [])
        git.answers["describe"] = (.exited(0), ["v1.1-rc-1-3-g012345678901"])
        git.answers["--sort=refname"] = (.exited(0), ["v1.1-rc-1"])
        let error = await failure(["match": "v*"])
        #expect(
            error?.message
                == "no tag that matches `v*` points at the commit 012345678901, which is 3 commits after `v1.1-rc-1`")
        #expect(error?.help?.contains("git tag v1.1`") == true && error?.help?.contains("fetch-depth") == false)
        git.answers["rev-parse"] = (.exited(0), ["true", "true"])
        #expect(await failure()?.help?.contains("fetch-depth: 0") == true)
    }

    /// What is advised must be a tag that the step would take, and that git has not yet.
    @Test(
        arguments: [
            ([], [:], "git tag v1.0.0"),
            (["v1.2.3"], [:], "git tag v1.2.4"),
            (["v1.2.3", "v1.2.4", "latest", "v1.10.0"], [:], "git tag v1.10.1"),
            (["1.2.3"], [:], "git tag 1.2.4"),
            (["v2.0.0-rc.1", "v1.9.0"], [:], "git tag v2.0.0"),
            (["v1.4"], [:], "git tag v1.5"), (["v7"], [:], "git tag v8"),
            (["v1.0.0+build.5"], [:], "git tag v1.0.1"),
            (["2026-01-31", "nightly"], [:], "git tag v1.0.0"),
            (["v9223372036854775807.0.0", "v1.0.9223372036854775807"], [:], "git tag v9223372036854775807.0.1"),
            (["docs-v1.0.0", "docs-v1.0.1"], ["strip-prefix": "docs-v"], "git tag docs-v1.0.2"),
            ([], ["strip-prefix": "docs-v"], "git tag docs-v1.0.0"),
            ([], ["strip-prefix": "site/"], "git tag site/v1.0.0"),
            ([], ["strip-prefix": "@acme/web@"], "git tag @acme/web@1.0.0"),
            ([], ["match": "docs-*"], "git tag docs-v1.0.0"), ([], ["match": "v*"], "git tag v1.0.0"),
            (["web-v1.0.0"], ["match": "web-v*", "strip-prefix": "web-"], "git tag web-v1.0.1"),
        ] as [([String], [String: Value], String)])
    mutating func aTagThatIsNotThereYetIsAdvised(
        tags: [String], options: [String: Value], command: String
    ) async throws {
        git.answers["tag"] = (.exited(0), [])
        git.answers["--sort=refname"] = (.exited(0), tags)
        git.answers["describe"] = (.exited(0), ["012345678901"])
        let help = await failure(options)?.help
        #expect(help?.hasPrefix("tag it with `\(command)`, or set") == true, "\(help ?? "none")")
    }

    /// A pattern that is more than a beginning tells no name.
    @Test(arguments: ["*-site", "v[0-9]*", "v*.0", "/", "v?"])
    mutating func noTagIsAdvisedThatMayNotMatch(pattern: String) async throws {
        git.answers["tag"] = (.exited(0), [])
        git.answers["describe"] = (.exited(0), ["012345678901"])
        let help = await failure(["match": .text(pattern)])?.help
        #expect(
            help?.contains("git tag ") == false && help?.contains("`fallback: commit`") == true, "\(help ?? "none")")
    }

    @Test(arguments: [
        ("shop@2.1.0", "shop@"), ("@acme/web@1.0.0", "@acme/web@"), ("site/v1.2.3", "site/"), ("a/b/v1", "a/b/"),
    ])
    mutating func thePrefixOfATagIsNamed(tag: String, prefix: String) async throws {
        git.answers["tag"] = (.exited(0), [tag])
        let help = try #require(await failure()?.help)
        #expect(help.contains("`strip-prefix: \"\(prefix)\"`"), "\(help)")
        git.answers["--verify"] = (.exited(0), [String(repeating: "0123456789", count: 4)])
        #expect(try await run(["strip-prefix": .text(prefix)]).tag == tag)
    }

    @Test mutating func theFirstTagHasThePrefixToo() async throws {
        git.answers["--verify"] = (.exited(1), [])
        let help = await failure(["strip-prefix": "docs-v"])?.help
        #expect(help?.contains("then tag it with `git tag docs-v1.0.0`") == true, "\(help ?? "none")")
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
        #expect(try await run(["fallback": "describe"]).version == "012345678901-dirty")
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
