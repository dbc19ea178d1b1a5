import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// The way of one value: from a git tag to the folder's name and to what visitors get.
@Suite struct OneValueTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.folder.write("store/\n.runner/\nnginx*\n", to: ".gitignore")
        try await git("init", "-q", "-b", "main")
    }

    private func git(_ arguments: String...) async throws {
        let identity = [
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        ]
        let command = Command(
            "git", arguments, environment: project.environment.merging(identity) { $1 }, directory: project.folder.path)
        #expect(try await SubprocessRunner(clock: SystemClock()).run(command) { _ in } == .exited(0), "\(arguments)")
    }

    private func release(_ tag: String, saying text: String) async throws {
        try project.folder.write("<html>\(text)</html>\n", to: "site/index.html")
        try await git("add", "-A")
        try await git("commit", "-q", "-m", text)
        try await git("tag", tag)
    }

    private func writePipeline(url: String) throws {
        try project.folder.write(
            """
            version: 1
            name: site
            with: { store: store }
            steps:
              - { id: tag, uses: git-tag, with: { match: "v*" } }
              - { id: list, uses: hash, with: { source: site } }
              - { id: upload, uses: sync, with: { version: "${{ steps.tag.outputs.version }}" } }
              - { id: switch, uses: switch-origin, with: { version: "${{ steps.tag.outputs.version }}" } }
              - { id: caches, uses: invalidate }
              - { id: visit, uses: smoke, with: { checks: [{ url: "\(url)", contains: all is well }] } }
            finally:
              - { id: note, uses: log, with: { message: "release ${{ steps.tag.outputs.version }}" } }

            """, to: "site.yml")
    }

    private func journal() throws -> [String] {
        let path = project.folder.path.pushing(FilePath(try project.newestRun() + "/journal.jsonl"))
        return try JournalReader.read(path).records.map(\.entry.text)
    }

    @Test func aTagGoesLiveAndABadOneComesBack() async throws {
        try await NginxServer.run(in: project.folder.path, root: project.folder["store/current"]) { nginx in
            try writePipeline(url: nginx.url())
            try await release("v1.0.0", saying: "all is well")
            let good = try await project.runner("run", "site.yml")
            #expect(good.code == 0, "\(good.error)")
            #expect(try project.live() == "v1.0.0")
            #expect(project.readLink("store/current") == "releases/v1.0.0")
            #expect(project.exists("store/.runner/manifests/v1.0.0.jsonl"))

            try await release("v1.1.0", saying: "nothing is well")
            let bad = try await project.runner("run", "site.yml")
            #expect(bad.code == 1)
            #expect(bad.error.contains(" -> v1.1.0  TIME\n"), "\(bad.error)")
            #expect(bad.error.contains("  undone  switch  v1.1.0 -> v1.0.0  TIME\n"), "\(bad.error)")
            #expect(try project.live() == "v1.0.0")
            #expect(try project.text("store/current/index.html") == "<html>all is well</html>\n")
            #expect(!project.exists("store/releases/v1.1.0"))
        }
        let journal = try journal()
        #expect(
            journal == [
                "started", "prepared tag", "finished tag success", "prepared list", "finished list success",
                "prepared upload", "finished upload success", "prepared switch", "finished switch success",
                "finished caches already", "prepared visit", "failed failure at visit", "rolled-back switch",
                "rolled-back upload", "prepared note", "finished note success", "ended failure 1",
            ])
        let show = try await project.runner("show")
        #expect(
            show.output.contains(
                "\nswitch  undone  TIME  1  v1.0.0 -> v1.1.0\n    changed  true\n    path  ~/store/current\n"
                    + "    previous  v1.0.0\n"))
        #expect(show.output.contains("\nstep `visit` failed\n"), "\(show.output)")
        let runs = try await project.runner("runs")
        #expect(runs.output.contains("\nRUN  rolled back  AGE  TIME  site  v1.1.0  visit: "), "\(runs.output)")
        #expect(runs.output.hasSuffix("\nRUN  succeeded  AGE  TIME  site  v1.0.0 (live)\n"), "\(runs.output)")
    }
}
