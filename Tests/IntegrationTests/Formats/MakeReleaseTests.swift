import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// `make release VERSION=…` in a repository of its own, which has the files that it reads and writes.
@Suite struct MakeReleaseTests {
    private let folder: TemporaryFolder
    private static let constant = "Sources/PipelineKit/Version/RunnerVersion.swift"

    init() async throws {
        folder = try TemporaryFolder()
        let top = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
        for name in ["Makefile", "scripts/release.sh", Self.constant, "CHANGELOG.md"] {
            try folder.write(try DurableFile.read(top.pushing(FilePath(name))), to: name)
        }
        #expect(try await said("chmod", "+x", "scripts/release.sh").code == 0)
        try await commit()
    }

    private func said(_ words: String...) async throws -> (code: Int, text: String) {
        let text = Recorder()
        let environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path.string, "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8",
        ]
        let command = Command("env", words, environment: environment, directory: folder.path)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { text.note($0.text) }
        let code = if case .exited(let code) = status { code } else { -1 }
        return (code, text.lines.joined(separator: "\n"))
    }

    private func commit() async throws {
        let identity = "-c user.name=A -c user.email=a@example.com"
        let done = try await said(
            "sh", "-c", "git init -q 2>/dev/null; git add -A && git \(identity) commit -q --allow-empty -m all")
        #expect(done.code == 0, "\(done.text)")
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try DurableFile.read(folder.path.pushing(FilePath(name))), as: UTF8.self)
    }

    private func set(_ version: String) async throws {
        let changed = try text(Self.constant).replacing(/text = ".*"/, with: "text = \"\(version)\"")
        try folder.write(changed, to: Self.constant)
        try await commit()
    }

    @Test func setsTheConstantAndTheHeading() async throws {
        try await set("0.9.0-dev")
        let before = try text("CHANGELOG.md")
        let made = try await said("make", "release", "VERSION=0.9.0")
        #expect(made.code == 0, "\(made.text)")
        #expect(try text(Self.constant).contains("public static let text = \"0.9.0\"\n"))
        let after = try text("CHANGELOG.md")
        let heading = try #require(after.firstMatch(of: /## Unreleased\n\n(## 0\.9\.0 - \d{4}-\d{2}-\d{2}\n)/)?.1)
        #expect(after.replacing("\n\(heading)", with: "") == before)
        // The commands that it prints make the release.
        let commands = made.text.split(separator: "\n").filter { $0.hasPrefix("  git ") }.map { $0.dropFirst(2) }
        #expect(commands == ["git commit -am 'Release 0.9.0'", "git tag -a v0.9.0 -m 'Release 0.9.0'"])
        for command in commands {
            let done = try await said(
                "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A",
                "GIT_COMMITTER_EMAIL=a@example.com", "sh", "-c", String(command))
            #expect(done.code == 0, "\(done.text)")
        }
        #expect(try await said("git", "describe", "--tags", "--dirty").text == "v0.9.0")
        // A second time it is not higher.
        #expect(try await said("make", "release", "VERSION=0.9.0").text.contains("0.9.0 is not higher than 0.9.0"))
    }

    @Test(arguments: ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3 x"])
    func refusesWhatIsNoVersion(_ version: String) async throws {
        let made = try await said("make", "release", "VERSION=\(version)")
        #expect(made.code != 0 && made.text.contains("`\(version)` is no semantic version"), "\(made.text)")
        #expect(try await said("git", "status", "--porcelain").text.isEmpty)
    }

    /// In the order of Semantic Versioning's own example, and more.
    @Test func refusesWhatIsNotHigher() async throws {
        let order = [
            "0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
            "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0-dev", "1.1.0", "1.10.0", "2.0.0",
        ]
        for (lower, higher) in zip(order, order.dropFirst()) {
            try await set(lower)
            let down = try await said("make", "release", "VERSION=\(lower)+build")
            #expect(down.code != 0 && down.text.contains("is not higher than \(lower)"), "\(down.text)")
            let up = try await said("make", "release", "VERSION=\(higher)")
            #expect(up.code == 0, "\(lower) to \(higher): \(up.text)")
            #expect(try await said("git", "checkout", "-q", ".").code == 0)
            try await set(higher)
            let back = try await said("make", "release", "VERSION=\(lower)")
            #expect(back.code != 0 && back.text.contains("is not higher than \(higher)"), "\(back.text)")
        }
    }

    @Test(arguments: [Self.constant, "notes.txt"]) func refusesADirtyTree(_ file: String) async throws {
        try folder.write((try? text(file)).map { $0 + "\n" } ?? "x\n", to: file)
        let before = try text("CHANGELOG.md")
        let made = try await said("make", "release", "VERSION=99.0.0")
        #expect(made.code != 0 && made.text.contains("changes that are not committed"), "\(made.text)")
        #expect(try text("CHANGELOG.md") == before)
        #expect(try !text(Self.constant).contains("99.0.0"))
    }

    @Test func refusesATagThatIsThere() async throws {
        #expect(try await said("git", "tag", "v99.0.0").code == 0)
        let made = try await said("make", "release", "VERSION=99.0.0")
        #expect(made.code != 0 && made.text.contains("there is a tag v99.0.0 already"), "\(made.text)")
    }

    @Test func refusesAChangelogWithoutTheHeading() async throws {
        try folder.write("# Changelog\n", to: "CHANGELOG.md")
        try await commit()
        let made = try await said("make", "release", "VERSION=99.0.0")
        #expect(made.code != 0 && made.text.contains("has no heading `## Unreleased`"), "\(made.text)")
        #expect(try !text(Self.constant).contains("99.0.0"))
    }
}
