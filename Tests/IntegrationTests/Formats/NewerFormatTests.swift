import FoundationEssentials
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// What a newer runner has written stops every command that writes or deletes, before it changes anything, and no command that
/// only looks.
@Suite struct NewerFormatTests {
    private let project: CommandProject

    /// The project of a fixture: v4 is live, and three runs are unfinished.
    init() throws {
        project = try CommandProject()
        try FormatFixture.copy(
            FormatFixture.path(2, "folder"), to: project.folder.path,
            replacing: [FormatFixture.project: project.folder.path.string])
        // An `exec` before the store's steps would change something before they are asked.
        try project.folder.write(
            """
            version: 1
            name: first
            with: { store: store }
            steps:
              - { uses: exec, with: { run: "touch exec-ran" }, rollback: false }
              - { id: list, uses: hash, with: { source: public } }
              - { uses: sync, with: { version: v9 } }
              - { uses: switch-origin }
            finally:
              - { uses: log, with: { file: said.jsonl } }

            """, to: "first.yml")
        try project.folder.write("<html>foreign</html>\n", to: "store/releases/foreign/index.html")
    }

    private func runner(_ arguments: [String]) async throws -> Said {
        try await project.runner(arguments + ["--state", "state"])
    }

    /// Everything in the store but the lease, and every journal.
    private func everything() throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for top in ["store", "state/runs"] {
            for name in try FileManager.default.subpathsOfDirectory(atPath: project.folder[top].string) {
                let path = project.folder[top].pushing(FilePath(name))
                let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path.string)
                guard !name.contains("lease"), try link != nil || !FileStatus.isFolder(path) else { continue }
                guard top == "store" || name.hasSuffix("journal.jsonl") else { continue }
                found["\(top)/\(name)"] = try link.map { Array($0.utf8) } ?? DurableFile.read(path)
            }
        }
        return found
    }

    private static let changing = [
        ["run", "first.yml"], ["run", "deploy.yml", "-i", "release=v9"], ["run", "prune.yml"], ["resume", "$V4"],
        ["rollback"], ["rollback", "$V4"], ["rollback", "--to", "v1"], ["recover"], ["adopt", "store", "foreign"],
    ]

    private func run(of release: String) throws -> String {
        let state = StateFolder(project.folder["state"])
        return try #require(
            try state.runIDs().first { id in
                let text = try project.text("state/runs/\(id)/journal.jsonl")
                return text.contains("\"inputs\":{\"release\":\"\(release)\"}")
            })
    }

    /// A run that has the store's lease would finish those that did not end before it meets what it must stop at.
    private func takeNoLease() throws {
        for name in ["deploy.yml", "prune.yml"] {
            try project.folder.write(try project.text(name) + "\nconcurrency: none\n", to: name)
        }
    }

    /// - Parameters:
    ///   - help: what the command says to type, for a runner that is new enough.
    ///   - commands: those that must stop.
    ///   - logs: whether `log` may say so in the store, which is not newer itself.
    private func expectStops(
        _ help: String, _ commands: [[String]] = changing, logs: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let live = try run(of: "v4")
        for command in commands {
            let before = try everything()
            let said = try await runner(command.map { $0 == "$V4" ? live : $0 })
            let after = try everything().filter { $0.key.hasPrefix("store/") || before[$0.key] != nil }
            let place = Comment(rawValue: "\(command): \(said.error)")
            #expect([1, 3].contains(said.code), place, sourceLocation: sourceLocation)
            #expect(said.error.contains(help), place, sourceLocation: sourceLocation)
            let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
                .filter { !logs || !$0.hasSuffix(".log.json") }
            #expect(changed == [], place, sourceLocation: sourceLocation)
            #expect(!project.exists("exec-ran"), place, sourceLocation: sourceLocation)
        }
    }

    private func expectLooks(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for command in [["runs"], ["show", try run(of: "v4")], ["rollback", "--dry-run", try run(of: "v4")]] {
            let said = try await runner(command)
            #expect(said.code == 0, "\(command): \(said.error)", sourceLocation: sourceLocation)
        }
        let valid = try await project.runner("validate", "deploy.yml", "-i", "release=v9")
        #expect(valid.code == 0, sourceLocation: sourceLocation)
    }

    @Test func storeOfANewerFormat() async throws {
        try project.folder.write(
            #"{"format":3,"oldestRunner":"9.8.7","shards":["a"]}"#, to: "store/.runner/store.json")
        try await expectStops("help: use runner 9.8.7 or newer")
        try await expectLooks()
        let plan = try await runner(["plan", "first.yml"])
        #expect(plan.code == 0 && plan.output.contains("v9"), "\(plan.output)\(plan.error)")
        #expect(plan.error.contains("a run would stop: the store file://~/store has format 3"), "\(plan.error)")
    }

    /// The layout is known, but older runners must still not write to it.
    @Test func storeThatNeedsANewerRunner() async throws {
        try project.folder.write(#"{"format":2,"oldestRunner":"9.8.7"}"#, to: "store/.runner/store.json")
        try await expectStops("help: use runner 9.8.7 or newer")
        try await expectLooks()
    }

    @Test func pointerOfANewKind() async throws {
        try project.folder.write(#"{"kind":"function","name":"f"}"#, to: "store/.runner/pointers/function-f.json")
        try await expectStops("help: use a runner newer than \(RunnerVersion.text); if the pointer no longer exists")
        try await expectLooks()
        // The command that it prints is the way out.
        let said = try await runner(["run", "prune.yml"])
        let command = try #require(said.raw.error.firstMatch(of: /delete its record: `([^`]*)`/)?.1)
        try await project.typeWell(String(command))
        #expect(!project.exists("store/.runner/pointers/function-f.json"))
        #expect(try await runner(["run", "prune.yml"]).code == 0)
    }

    /// A runner that writes such a record raises the store's format first. If that is lost, a runner that meets the
    /// record stops.
    @Test func deploymentOfANewerFormat() async throws {
        try takeNoLease()
        let name = "store/.runner/deployments/20991231-235959-999-ffff.json"
        try project.folder.write(#"{"format":2,"runner":"9.8.7","pointers":[]}"#, to: name)
        try await expectStops(
            "help: use runner 9.8.7 or newer",
            [["run", "deploy.yml", "-i", "release=v9"], ["run", "prune.yml"], ["rollback", "--to", "v1"]],
            logs: true)
        try await expectLooks()
    }

    @Test func manifestOfANewerFormat() async throws {
        try takeNoLease()
        try project.folder.write(
            #"{"format":2,"runner":"9.8.7","release":{"name":"v1"}}"# + "\n", to: "store/.runner/manifests/v1.jsonl")
        try await expectStops("help: use runner 9.8.7 or newer", [["run", "prune.yml"]])
        try await expectLooks()
    }

    @Test func journalOfANewerRunner() async throws {
        let run = try run(of: "v4")
        let journal = "state/runs/\(run)/journal.jsonl"
        let bytes = try DurableFile.read(project.folder[journal])
        // Of the same length, so that only the checksum must follow.
        let text = String(decoding: bytes, as: UTF8.self)
        try project.folder.write(text.replacing("\"kind\":\"prepared\"", with: "\"kind\":\"borrowed\""), to: journal)
        try FormatFixture.copy(
            project.folder["state/runs"], to: project.folder["copied/runs"], replacing: [:])
        try FileManager.default.removeItem(atPath: project.folder["state"].string)
        try FileManager.default.moveItem(
            atPath: project.folder["copied"].string, toPath: project.folder["state"].string)
        try await expectStops(
            "help: use a runner newer than \(RunnerVersion.text)",
            [["resume", "$V4"], ["rollback", "$V4"]])
        let shown = try await runner(["show", run])
        #expect(shown.code == 0 && shown.output.contains("deploy  ~/deploy.yml"))
        #expect(
            shown.error.hasPrefix("warning: record 2 of the journal ~/state/runs/RUN/journal.jsonl is whole"),
            "\(shown.error)")
        let listed = try await runner(["runs"])
        #expect(listed.code == 0 && listed.output.contains("interrupted"))
        // The others are recovered; that one is left, and named.
        let recovered = try await runner(["recover"])
        #expect(recovered.code == 3 && recovered.error.contains("is whole and of no kind that this runner can read"))
        #expect(try project.text(journal).contains("borrowed"))
    }

    /// Keys that this runner does not know are no reason to stop.
    @Test func unknownKeysArePassedOver() async throws {
        for (name, key) in [
            ("store.json", "\"shards\":[1],\"format\""), ("pointers/link-current.json", "\"since\":{},\"kind\""),
        ] {
            let path = "store/.runner/\(name)"
            let old = String(try #require(key.split(separator: ",").last))
            let text = try project.text(path)
            #expect(text.contains(old))
            try project.folder.write(text.replacing(old, with: key), to: path)
        }
        let said = try await runner(["recover"])
        #expect(said.code == 1, "\(said.error)")
        #expect(try project.live() == "v5")
    }
}
