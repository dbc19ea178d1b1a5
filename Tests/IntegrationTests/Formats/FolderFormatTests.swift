import FoundationEssentials
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Folder stores and run folders of every format that was ever written are read, recovered, rolled back and pruned.
///
/// Each has the releases v1, v2 and v4, which is live. The run of v4 was killed at its last step; that of v5 was killed
/// while it uploaded, and that of v6 while its rollback deleted.
@Suite struct FolderFormatTests {
    /// Takes the place of `/srv/site`.
    private let project: CommandProject

    init() throws { project = try CommandProject() }

    private func begin(_ format: Int) throws {
        try FormatFixture.copy(
            FormatFixture.path(format, "folder"), to: project.folder.path,
            replacing: [FormatFixture.project: project.folder.path.string])
        #expect(try project.live() == "v4")
    }

    private func runner(_ arguments: String...) async throws -> Said {
        try await project.runner(arguments + ["--state", "state"])
    }

    private func records(_ folder: String) throws -> [String] {
        let path = "store/.runner/\(folder)"
        return project.exists(path) ? try DurableFile.entries(of: project.folder[path]).sorted() : []
    }

    private var releases: [String] {
        get throws { try DurableFile.entries(of: project.folder["store/releases"]).sorted() }
    }

    private var format: String? { try? project.text("store/.runner/store.json") }
    private static let written = "{\"format\":2,\"oldestRunner\":\"0.1.0\"}\n"
    private static let raised = "has format 2 from now on: runners older than 0.1.0 must not write to it any more"

    @Test(arguments: FormatFixture.formats) func runsAreRead(_ format: Int) async throws {
        try begin(format)
        let runs = try await runner("runs")
        #expect(runs.code == 0 && runs.error.isEmpty)
        let states = runs.output.split(separator: "\n").dropFirst().map { line in
            line.firstMatch(of: /succeeded|interrupted|rolled back/).map { String($0.0) } ?? String(line)
        }
        #expect(
            states == ["interrupted", "interrupted", "interrupted", "rolled back", "succeeded", "succeeded"],
            "\(runs.output)")
        for run in try StateFolder(project.folder["state"]).runIDs() {
            let shown = try await runner("show", run)
            #expect(shown.code == 0 && shown.output.contains("deploy  ~/deploy.yml"), "\(shown.output)")
        }
        #expect(self.format == (format == 1 ? nil : Self.written))
    }

    /// A new format has a fixture, and is written down for users.
    @Test func everyFormatIsKeptAndDocumented() throws {
        #expect(FormatFixture.formats == Array(1...StoreFormat.currentFormat))
        let document = String(
            decoding: try DurableFile.read(
                FormatFixture.top.removingLastComponent().removingLastComponent().appending("docs/compatibility.md")),
            as: UTF8.self)
        #expect(document.contains("```json\n\(Self.written)```"))
        for format in FormatFixture.formats { #expect(document.contains("\n| \(format) | ")) }
        #expect(document.contains("Format \(RunStarted.currentFormat) has the record `leased`"))
        #expect(StoreFormat.current == StoreFormat(format: 2, oldestRunner: "0.1.0"))
    }

    /// The bytes as the runner of that time wrote them, with its checksums.
    @Test(arguments: FormatFixture.formats, ["folder", "bucket"])
    func journalsAreReadAsTheyWereWritten(_ format: Int, _ kind: String) throws {
        let runs = FormatFixture.path(format, kind).appending("state/runs")
        let names = try DurableFile.entries(of: runs)
        #expect(names.count == 6)
        for name in names {
            let path = runs.appending(name).appending("journal.jsonl")
            let contents = try JournalReader.read(path)
            let bytes = try DurableFile.read(path)
            #expect(contents.newer == nil && contents.length == bytes.count, "\(path)")
            #expect(contents.records.map { $0.encoded() }.joined().elementsEqual(bytes), "\(path)")
        }
    }

    @Test(arguments: FormatFixture.formats) func runsAreRecovered(_ format: Int) async throws {
        try begin(format)
        let said = try await runner("recover")
        // v6 was on its way back; v4 and v5 go forward.
        #expect(said.code == 1, "\(said.error)")
        #expect(try project.live() == "v5")
        #expect(try project.text("store/current/index.html").contains("front page of v5"))
        #expect(try releases == ["v1", "v2", "v4", "v5"])
        #expect(try records("manifests") == ["v1.jsonl", "v2.jsonl", "v4.jsonl", "v5.jsonl"])
        #expect(try records("incoming") + records("trash") == [])
        #expect(self.format == Self.written)
        #expect(said.error.components(separatedBy: Self.raised).count == (format == 1 ? 2 : 1), "\(said.error)")
        let again = try await runner("recover")
        #expect(again.code == 0 && again.error.hasPrefix("nothing to recover"), "\(again.error)")
    }

    @Test(arguments: FormatFixture.formats) func deploysAreTakenBack(_ format: Int) async throws {
        try begin(format)
        #expect(try await runner("recover").code == 1)
        let back = try await runner("rollback")
        #expect(back.code == 0, "\(back.error)")
        #expect(try project.live() == "v4")
        let further = try await runner("rollback")
        #expect(further.code == 0, "\(further.error)")
        #expect(try project.live() == "v2")
        let to = try await runner("rollback", "--to", "v1")
        #expect(to.code == 0, "\(to.error)")
        #expect(try project.live() == "v1")
    }

    /// A run that has the store's lease would finish those that did not end first.
    private func takeNoLease() throws {
        for name in ["deploy.yml", "prune.yml"] {
            try project.folder.write(try project.text(name) + "\nconcurrency: none\n", to: name)
        }
    }

    /// Without a recovery first: what an interrupted run has left goes as well.
    @Test(arguments: FormatFixture.formats) func releasesArePruned(_ format: Int) async throws {
        try begin(format)
        try takeNoLease()
        let said = try await runner("run", "prune.yml")
        #expect(said.code == 0, "\(said.error)")
        // The live one, and the last good one before it.
        #expect(try releases == ["v2", "v4"])
        #expect(try records("manifests") == ["v2.jsonl", "v4.jsonl"])
        #expect(try records("incoming") + records("trash") == [])
        // It does nothing that would keep older runners out of the store.
        #expect(self.format == (format == 1 ? nil : Self.written))
    }

    @Test(arguments: FormatFixture.formats) func deploysGoOnFromThere(_ format: Int) async throws {
        try begin(format)
        try takeNoLease()
        let plan = try await runner("plan", "deploy.yml", "-i", "release=v7")
        #expect(plan.code == 0 && self.format == (format == 1 ? nil : Self.written), "\(plan.error)")
        let said = try await runner("run", "deploy.yml", "-i", "release=v7")
        #expect(said.code == 0, "\(said.error)")
        #expect(try project.live() == "v7")
        // Files that v4 has as well are copied from it, and what a killed rollback has left is gone.
        #expect(said.error.contains("1 copied") && said.error.contains(Self.raised) == (format == 1), "\(said.error)")
        #expect(try records("trash") == [])
        let next = try await runner("run", "deploy.yml", "-i", "release=v8")
        #expect(next.code == 0 && !next.error.contains(Self.raised), "\(next.error)")
    }

    @Test(arguments: FormatFixture.formats) func pipelineFilesAreRead(_ format: Int) async throws {
        let folder = FormatFixture.path(format, "pipelines")
        let files = try DurableFile.entries(of: folder).map { folder.appending($0).string }.sorted()
        #expect(files.count >= 8)
        let said = try await project.runner(["validate"] + files)
        #expect(said.code == 0 && said.error.isEmpty, "\(said.error)")
    }
}
