import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// A site that was not made for this: Python's documentation, as Debian has it, some thousand files with what a site
/// has. Other programs compare what is served.
@Suite struct RealSiteTests {
    private static let original = "/usr/share/doc/python3.11/html"
    private static let isInstalled = access(original + "/index.html", R_OK) == 0

    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.folder.write(
            """
            version: 1
            name: deploy
            inputs: { release: { type: string }, source: { type: string, default: site } }
            with: { store: store }
            steps:
              - { uses: hash, with: { source: "${{ inputs.source }}" } }
              - uses: gzip
              - { id: upload, uses: sync, with: { version: "${{ inputs.release }}", verify: full } }
              - uses: switch-origin
              - uses: invalidate

            """, to: "deploy.yml")
        try project.folder.write(
            """
            version: 1
            name: tidy
            steps:
              - { id: tidy, uses: prune, rollback: false, with: { store: store, keep: 1, min-age: 0s } }

            """, to: "tidy.yml")
        try project.folder.write(
            """
            # same SITE: what is served is the site, byte by byte, and all else is a file of it, compressed.
            (cd "$1" && find . -type f -print0 | sort -z) > keys
            (cd "$1" && xargs -0 sha256sum) < keys > wanted
            (cd -P store/current && xargs -0 sha256sum) < keys > served
            diff wanted served
            (cd -P store/current && find . -type f -print0 | sort -z) | comm -z -13 keys - | tr '\\0' '\\n' > compressed
            test "$(wc -l < compressed)" -gt 300
            cd -P store/current
            while read -r file; do gzip -dc "$file" | cmp - "${file%.gz}"; done < ~/compressed

            """, to: "same.sh")
    }

    @discardableResult
    private func shell(_ script: String) async throws -> [String] {
        let lines = Recorder()
        let command = Command(
            "/bin/bash", ["-euo", "pipefail", "-c", script], environment: project.environment,
            directory: project.folder.path)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        #expect(status == .exited(0), "\(script): \(lines.lines.prefix(20))")
        return lines.lines
    }

    private func deploy(_ release: String) async throws -> String {
        let said = try await project.runner("run", "deploy.yml", "-i", "release=\(release)")
        #expect(said.code == 0, "\(said.error)")
        #expect(try project.live() == release)
        return said.error
    }

    /// Changes every hundredth page, adds one and takes one away.
    private func change(_ number: Int) async throws -> Int {
        let changed = try await shell(
            """
            find site -name '*.html' | sort | awk 'NR % 100 == \(number)' | while read -r page; do
              echo "<!-- change \(number) -->" >> "$page"; echo "$page"
            done
            echo "<p>new \(number)</p>" > site/new-\(number).html
            rm "$(find site/_sources -name '*.txt' | sort | head -n 1)"
            """)
        return changed.count
    }

    @Test(.enabled(if: Self.isInstalled, "Debian's python3-doc is not installed; `make test` does that"))
    func isDeployedChangedPrunedAndRolledBack() async throws {
        // Two links of the package lead to scripts of other packages: out of the site, which is refused.
        let linked = try await project.runner(
            "run", "deploy.yml", "-q", "-i", "release=v0", "-i", "source=\(Self.original)")
        #expect(linked.code == 1)
        #expect(
            linked.error.contains("is a symbolic link out of the site, to /usr/share/javascript/"), "\(linked.error)")
        // So what is deployed is a copy with the files themselves.
        try await shell("cp -rL --no-preserve=mode \(Self.original) site")
        let count = try await shell("find site -type f | wc -l").first.flatMap { Int($0) } ?? 0
        try #require(count > 1_000)

        let first = try await deploy("v1")
        #expect(first.contains("v1, \(CountText.text(count, "file")): \(CountText.text(count)) sent ("), "\(first)")
        try await shell("bash -euo pipefail same.sh site")

        let changed = try await change(1)
        let second = try await deploy("v2")
        try #require(changed >= 5)
        #expect(
            second.contains("files: \(CountText.text(changed + 1)) sent (")
                && second.contains("), \(CountText.text(count - changed - 1)) copied"),
            "\(second)")
        try await shell("bash -euo pipefail same.sh site; cp -r site site-2")

        _ = try await change(2)
        _ = try await deploy("v3")
        let run = try #require(try project.runs().first)
        try await shell("bash -euo pipefail same.sh site")

        // The live one and the one before it stay, whatever the pipeline wants to keep.
        let tidy = try await project.runner("run", "tidy.yml")
        #expect(tidy.code == 0, "\(tidy.error)")
        #expect(try await shell("ls store/releases") == ["v2", "v3"])
        try await shell("bash -euo pipefail same.sh site")

        let rollback = try await project.runner("rollback", run, "-q")
        #expect(rollback.code == 0, "\(rollback.error)")
        #expect(try project.live() == "v2")
        try await shell("bash -euo pipefail same.sh site-2")
        #expect(try await shell("ls store/releases") == ["v2"])
    }

    /// A tree of 10,000 files must not show in the memory that a run takes; `make bench` has one of 200,000.
    @Test func manySmallFilesTakeLittleMemory() async throws {
        try await shell(
            """
            for folder in $(seq 100); do
              mkdir -p site/$folder
              for file in $(seq 100); do echo "<p>$folder-$file</p>" > site/$folder/$file.html; done
            done
            sed -i '/uses: gzip/d' deploy.yml
            """)
        let run = try await MeasuredRun.of(["run", "deploy.yml", "-q", "-i", "release=v1"], in: project.folder.path)
        #expect(run.code == 0, "\(run.lines)")
        #expect(run.peak <= 64, "\(run.peak) MiB")
        try await shell("diff -r site store/current; test $(find store/current/ -type f | wc -l) = 10000")
    }
}
