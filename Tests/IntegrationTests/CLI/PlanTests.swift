import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What `plan` finds out about a store, without changing anything in it.
@Suite struct PlanTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        try project.folder.write("<html>three</html>\n", to: "site/three.html")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    private func plan(_ arguments: String...) async throws -> Said {
        try await project.runner(["plan", "deploy.yml", "-i", "release=v2"] + arguments)
    }

    @Test func whatVanishesIsCountedAndListed() async throws {
        try FileManager.default.removeItem(atPath: project.folder["site/three.html"].string)
        try project.folder.write("<html>one, longer</html>\n", to: "site/index.html")
        let said = try await plan()
        #expect(said.code == 0)
        #expect(
            said.output == """
                  ok  list  2 files, 42 B
                  change  upload  v2, compared with v1, which visitors have
                           ~ index.html  17 B -> 25 B
                           - three.html  not in the new release: 404
                  change  switch  v1 -> v2: this run began after the one that deployed v1
                  same  caches  a folder store has no edge cache
                1 changed, 1 gone (404), 1 unchanged; 25 B to send
                this is what `runner run` would do; nothing was changed

                """)
    }

    /// After a rollback, the release before is live again, and what the other one had is not missed by anybody.
    @Test func itIsComparedWithWhatVisitorsHave() async throws {
        try project.folder.write("<html>four</html>\n", to: "site/four.html")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1.1", "-q").code == 0)
        #expect(try await project.runner("rollback", "-q").code == 0)
        try FileManager.default.removeItem(atPath: project.folder["site/four.html"].string)
        let said = try await plan()
        #expect(said.output.contains("  change  upload  v2, compared with v1, which visitors have\n"), "\(said.output)")
        #expect(said.output.contains("\n3 unchanged; nothing to send\n"), "\(said.output)")
    }

    @Test func overlapKeepsWhatIsGone() async throws {
        try FileManager.default.removeItem(atPath: project.folder["site/three.html"].string)
        let text = CommandProject.deploy().replacing(
            "uses: switch-origin }", with: "uses: switch-origin, with: { overlap: { match: \"three*\" } } }")
        try project.folder.write(text, to: "deploy.yml")
        let said = try await plan()
        #expect(said.output.contains("- three.html  not in the new release: kept by `overlap`\n"), "\(said.output)")
        #expect(said.output.contains("\n1 kept by `overlap`, 2 unchanged; nothing to send\n"), "\(said.output)")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        #expect(try project.text("store/current/three.html") == "<html>three</html>\n")
    }

    /// The run prunes after its switch: what is live then, and what a rollback would return to, are others than now.
    @Test func aPlanPrunesAsTheRunDoes() async throws {
        for release in ["v2", "v3"] {
            #expect(try await project.runner("run", "deploy.yml", "-i", "release=\(release)", "-q").code == 0)
        }
        try project.writeDeploy("  - { id: tidy, uses: prune, rollback: false, with: { keep: 1, min-age: 0s } }")
        let plan = try await project.runner("plan", "deploy.yml", "-i", "release=v4")
        #expect(plan.output.contains("  change  tidy  2 releases go, 2 stay, "), "\(plan.output)")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v4")
        #expect(said.error.contains("  ok  tidy  2 deleted ("), "\(said.error)")
        #expect(said.error.contains("), 2 releases kept  TIME\n"), "\(said.error)")
        #expect(try DurableFile.entries(of: project.folder["store/releases"]).sorted() == ["v3", "v4"])
    }

    /// In a folder, a compressed file is beside its original, and both are sent.
    @Test(arguments: [true, false]) func aPlanCountsTheBytesThatTheRunSends(isFirst: Bool) async throws {
        if isFirst { try FileManager.default.removeItem(atPath: project.folder["store"].string) }
        let long = String(repeating: "<p>hello, hello</p>\n", count: 300)
        try project.folder.write(long, to: "site/long.html")
        try project.folder.write(
            CommandProject.deploy().replacing(
                "  - { id: upload", with: "  - { id: pack, uses: gzip }\n  - { id: upload"),
            to: "deploy.yml")
        let plan = try await self.plan()
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        let sent = try #require(said.error.firstMatch(of: /[0-9]+ sent \(([^)]*)\)/)).output.1
        #expect(sent.hasSuffix("KiB"), "\(said.error)")
        let planned = isFirst ? "files, \(sent): the first release" : "; \(sent) to send\n"
        #expect(plan.output.contains(planned), "\(plan.output)\(said.error)")
    }

    /// Somebody has most likely forgotten to build.
    @Test func theSameFilesAreNoticed() async throws {
        let notice = "v2 has the same files as v1, which visitors have"
        let plan = try await self.plan()
        #expect(plan.output.contains("           \(notice)\n") && !plan.error.contains(notice), "\(plan.output)")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == 0 && said.error.contains("           | \(notice)\n"), "\(said.error)")
        try project.folder.write("<html>new</html>\n", to: "site/index.html")
        let changed = try await project.runner("run", "deploy.yml", "-i", "release=v3")
        #expect(changed.code == 0 && !changed.error.contains("the same files"), "\(changed.error)")
    }

    @Test func aReleaseWithoutAPageIsNoticed() async throws {
        try project.move("site/index.html", to: "site/home.html")
        let warning = "the release has no `index.html` at its top, which is what visitors of `/` get"
        let plan = try await self.plan()
        #expect(plan.code == 0 && plan.error.contains(warning), "\(plan.error)")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == 0 && said.error.contains(warning), "\(said.error)")
    }

    @Test(arguments: ["/nope", "deploy.yml"]) func aPlaceForTemporaryFilesThatIsNone(_ folder: String) async throws {
        try FileManager.default.removeItem(atPath: project.folder[".runner"].string)
        let said = try await project.runner(
            "plan", "deploy.yml", "-i", "release=v2", environment: ["TMPDIR": folder])
        #expect(said.code == 1 && said.error.contains("\n  help: set TMPDIR to a folder "), "\(said.error)")
        let good = try await project.runner(
            "plan", "deploy.yml", "-i", "release=v2", environment: ["TMPDIR": project.folder["site"].string])
        #expect(good.code == 0, "\(good.error)")
    }

    /// A list of everything is read from the disk, and is as long as the site.
    @Test func everythingIsListed() async throws {
        for number in 0..<2_500 { try project.folder.write("\(number)", to: "site/more/\(number).txt") }
        let said = try await plan("-v")
        #expect(said.code == 0)
        let rows = said.output.split(separator: "\n")
        #expect(rows.count(where: { $0.hasPrefix("           + more/") }) == 2_500)
        #expect(rows.count(where: { $0.hasPrefix("           = ") }) == 3)
        let short = try await plan()
        #expect(short.output.contains("\n           and 2,480 more; `-v` lists them\n"), "\(short.output)")
        #expect(short.output.contains("\n2,500 new, 3 unchanged; "), "\(short.output)")
    }

    /// A person without the right to write finds out before the deploy, and the store is as it was.
    @Test(.enabled(if: geteuid() == 0)) func aMissingRightWouldFail() async throws {
        chmod(project.folder.path.string, 0o755)
        let state = project.folder["state"].string
        mkdir(state, 0o777)
        chmod(state, 0o777)
        let said = try await project.runner(
            "plan", "deploy.yml", "-i", "release=v2", "--state", "state", user: 65_534)
        #expect(said.code == 1, "\(said.output)\(said.error)")
        #expect(
            said.output.contains("  FAILED  upload  would fail: cannot write into ~/store: permission denied\n"),
            "\(said.output)")
        // The row has told the reason.
        #expect(said.error.hasPrefix("error: a run would fail at step `upload`\n  help: "), "\(said.error)")
    }

    @Test func anAmbiguousIDListsItsRuns() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let said = try await project.runner("show", "20")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: `20` is a part of the ids of 2 runs:
                    RUN  AGE  succeeded
                    RUN  AGE  succeeded
                  help: type a longer part

                """)
        // Any part that only one has does, such as the end.
        let newest = try #require(try project.runs().first)
        let (end, middle) = (String(newest.suffix(8)), String(newest.dropFirst(9).dropLast(2)))
        for part in [end, middle] {
            let shown = try await project.runner("show", part)
            #expect(shown.code == 0 && shown.raw.output.hasPrefix("run") && shown.raw.output.contains(newest))
        }
    }

    @Test func runsAreFiltered() async throws {
        try project.writeDeploy("  - { uses: exec, rollback: false, with: { run: exit 9 } }")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        func rows(_ arguments: String...) async throws -> [Substring] {
            let said = try await project.runner(["runs"] + arguments)
            #expect(said.code == 0 && said.raw.error.isEmpty == !said.raw.output.isEmpty, "\(said.error)")
            return said.output.split(separator: "\n").dropFirst().map { $0 }
        }
        #expect(try await rows().count == 2)
        #expect(try await rows("--status", "rolled-back") == rows("--limit", "1"))
        #expect(try await rows("--status", "succeeded").count == 1)
        #expect(try await rows("--pipeline", "deploy").count == 2)
        for file in ["deploy.yml", "./deploy.yml", project.folder["deploy.yml"].string] {
            #expect(try await rows("--pipeline", file).count == 2)
        }
        #expect(try await rows("--pipeline", "deploy", "--status", "failed").isEmpty)
        for name in ["other", "other.yml", "site"] {
            let unknown = try await project.runner("runs", "--pipeline", name)
            #expect(unknown.code == 64)
            #expect(
                unknown.error == """
                    error: no run in ~/.runner is of a pipeline file `\(name)`, or of a pipeline of that name
                      help: there are runs of `deploy` (deploy.yml)

                    """)
        }
    }
}
