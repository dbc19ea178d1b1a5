import PipelineKit
import TestSupport
import Testing

/// A run says "restored" only of what it has restored.
@Suite struct UndoingTests {
    private let project: CommandProject

    /// v1 was deployed, v2 is live, and the site has other content by now.
    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        for release in ["v1", "v2"] {
            #expect(try await project.runner("run", "deploy.yml", "-i", "release=\(release)", "-q").code == 0)
        }
        try project.folder.write("<html>other</html>\n", to: "site/index.html")
    }

    private func writeOverwriting(_ then: String = "") throws {
        try project.folder.write(
            """
            version: 1
            name: overwriting
            with: { store: store }
            steps:
              - { id: list, uses: hash, with: { source: site } }
              - { id: upload, uses: sync, with: { version: v1, overwrite: true } }
            \(then)

            """, to: "overwriting.yml")
    }

    @Test func whatIsOverwrittenIsNotRestored() async throws {
        try writeOverwriting("  - { id: check, uses: exec, rollback: false, with: { run: exit 1 } }")
        let checked = try await project.runner("validate", "overwriting.yml")
        #expect(checked.code == 0)
        #expect(checked.error.contains("what `overwrite: true` replaces cannot be restored"), "\(checked.error)")
        let plan = try await project.runner("plan", "overwriting.yml")
        #expect(
            plan.output.contains("the old content of v1 goes for good: no rollback can restore it"), "\(plan.output)")

        let said = try await project.runner("run", "overwriting.yml")
        #expect(said.code == 3, "\(said.error)")
        let reason = "its old content was overwritten, as `overwrite: true` asked, and is gone"
        #expect(said.error.contains("  LEFT  upload  TIME"), "\(said.error)")
        #expect(said.error.contains("not restored:\n  `upload` (sync): \(reason)\n"), "\(said.error)")
        #expect(!said.error.contains("undone"), "\(said.error)")
        #expect(!said.error.contains("is restored"), "\(said.error)")
        #expect(try project.live() == "v2")
    }

    @Test func toTakeAnOverwritingRunBackEndsWithThree() async throws {
        try writeOverwriting()
        #expect(try await project.runner("run", "overwriting.yml", "-q").code == 0)
        let run = try #require(try project.runs().first)
        let said = try await project.runner("rollback", run)
        #expect(said.code != 0, "\(said.error)")
        #expect(try project.text("store/releases/v1/index.html") == "<html>other</html>\n")
    }

    /// A record is written for good: to say that it was undone would not be true.
    @Test func aRecordIsNotSaidToBeUndone() async throws {
        try project.writeDeploy(
            """
              - { id: note, uses: log, with: { file: notes.jsonl } }
              - { id: check, uses: exec, rollback: false, with: { run: exit 1 } }
            """)
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v3")
        #expect(said.code == 1, "\(said.error)")
        #expect(said.error.contains("undone  switch"), "\(said.error)")
        #expect(!said.error.contains("undone  note"), "\(said.error)")
        #expect(try project.text("notes.jsonl").contains("\"version\":\"v3\""))
        #expect(try project.live() == "v2")
    }
}
