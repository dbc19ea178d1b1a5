import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What a run leaves for readers: its report, and its events as JSON.
@Suite struct ReportFileTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy(
            "  - { id: last, uses: exec, with: { run: \"echo '::error::x'; printf '##[y]\\\\033[1m\\\\n'\" } }")
        try project.folder.write("evil\n", to: "site/<img src=x onerror=alert(1)>.html")
    }

    private func report() throws -> String { try project.text(project.newestRun() + "/report.html") }

    @Test func afterARunAndAfterItsRollback() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1").code == 0)
        let report = try report()
        #expect(report.contains("<p class=\"badge good\">succeeded</p>"))
        #expect(report.contains("&lt;img src=x onerror=alert(1)&gt;.html"))
        #expect(!report.contains("<img"))
        #expect(!report.contains("\u{1B}") && report.contains(": :error::x") && report.contains("## [y]"))
        let name = try project.folder[project.newestRun()].appending("report.html").string
        let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try await project.runner("rollback", "--yes").code == 3)
        let later = try self.report()
        #expect(
            later.contains("<p class=\"badge bad\">not restored</p>")
                && later.contains("an earlier process began this run"))
        #expect(later.contains("title=\"rollback: undone"))
        // What only the run's own process knew is kept.
        #expect(later.contains("(<a href=\"report-1.html\">its report</a>)"))
        #expect(try project.text(project.newestRun() + "/report-1.html") == report)
    }

    @Test func afterAKillAndItsRecovery() async throws {
        try project.writeDeploy(
            """
              - id: last
                uses: exec
                rollback: false
                with: { run: "if test -e go; then echo went on; else touch waiting; exec sleep 600; fi" }
            """)
        let process = try project.start("run", "deploy.yml", "-i", "release=v1", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        _ = try await process.end()
        let page = try project.newestRun() + "/report.html"
        #expect(!project.exists(page))
        try project.folder.write("", to: "go")
        #expect(try await project.runner("recover", "-q").code == 0)
        let report = try project.text(page)
        #expect(report.contains("<p class=\"badge good\">succeeded</p>"))
        #expect(report.contains("an earlier process began this run</dd>") && report.contains("went on"))
        #expect(report.contains("title=\"earlier: "))
        #expect(try !project.exists(project.newestRun() + "/report-1.html"))
    }

    @Test func aReportThatCannotBeWrittenIsAWarning() async throws {
        try project.folder.write(
            """
            version: 1
            name: blocked
            steps:
              - { uses: exec, rollback: false, with: { run: "mkdir -p .runner/runs/$RUNNER_RUN_ID/report.html/x" } }

            """, to: "blocked.yml")
        let said = try await project.runner("run", "blocked.yml")
        #expect(said.code == 0)
        #expect(try project.exists(project.newestRun() + "/report.html/x"))
        #expect(said.error.contains("warning: the report could not be written: "))
    }

    @Test func eventsAsJSON() async throws {
        let said = try await project.runner("run", "deploy.yml", "--json", "-i", "release=v1")
        #expect(said.code == 0 && said.error == "")
        let lines = try said.raw.output.split(separator: "\n").map {
            try JSONDecoder().decode([String: Value].self, from: Data($0.utf8))
        }
        #expect(lines.allSatisfy { $0["schema"] == "runner.event/1" })
        #expect(lines.first?["type"] == "run-started")
        #expect(lines.last?["type"] == "run-ended" && lines.last?["exit-code"] == 0)
        #expect(!said.raw.output.contains("##[") && !said.raw.output.contains("\"::"))
        let back = try await project.runner("rollback", "--yes", "--json")
        let end = try #require(back.raw.output.split(separator: "\n").last)
        #expect(try JSONDecoder().decode([String: Value].self, from: Data(end.utf8))["exit-code"] == 3)
        #expect(back.code == 3)
    }

    @Test func whatCannotBeginSaysSoAsJSON() async throws {
        let said = try await project.runner("run", "nowhere.yml", "--json")
        #expect(said.code == 64)
        #expect(said.output.hasPrefix("{\"schema\":\"runner.error/1\",\"type\":\"error\","))
        #expect(said.error.hasPrefix("error: there is no pipeline file at"))
    }
}
