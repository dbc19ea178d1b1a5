import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Nothing that comes from outside speaks to the CI system that shows the output, nor to a terminal.
@Suite struct CICommandTests {
    private static let marks = ["::stop-commands::x", "##[error]x", "##vso[task.complete]x", "##teamcity[x]"]

    /// A file of a fork: every place of it that a message may repeat.
    private static func hostile(_ mark: String) -> String {
        """
        version: 1
        name: "\(mark)"
          \(mark): 1
        inputs: { "\(mark)": { type: string, default: "${{ \(mark) }}" } }
        vars: { "\(mark)": [1] }
        secrets: { "\(mark)": { env: "\(mark)" } }
        "\(mark)": 1
        steps:
          - { id: "\(mark)", uses: "\(mark)", with: { "\(mark)": "${{ \(mark) }}" } }
          - uses: exec
            with:
              "\(mark)": 1
              run: "${{ steps.\(mark) }}"
              effect: "\(mark)"
            if:
              \(mark)
            timeout: "\(mark)"

        """
    }

    @Test(arguments: marks) func aForksFile(mark: String) async throws {
        let project = try CommandProject()
        // A scalar of several lines, so that the mark begins its line, and the same on one line.
        for text in [Self.hostile(mark), Self.hostile(mark).replacing("  \(mark): 1\n", with: "")] {
            try project.folder.write(text, to: "bad.yml")
            for command in [
                ["validate", "bad.yml"], ["validate", "--json", "bad.yml"], ["validate", "--explain", "bad.yml"],
                ["plan", "bad.yml"], ["run", "bad.yml"], ["run", "bad.yml", "--json"],
            ] {
                let said = try await project.runner(command)
                #expect(said.code == 65, "\(command): \(said.raw.error)")
                expectHarmless(said, command)
            }
        }
    }

    @Test(arguments: marks) func aCommandLine(mark: String) async throws {
        let project = try CommandProject()
        try project.writeDeploy()
        for command in [
            [mark], ["--\(mark)"], ["run", "--\(mark)"], ["run", mark], ["run", "deploy.yml", "-i", mark],
            ["run", "deploy.yml", "-i", "\(mark)=1"], ["run", "deploy.yml", "-i", "release=\(mark)"],
            ["plan", "deploy.yml", "-i", "release=\(mark)"], ["validate", "\(mark).yml"], ["validate", "--json", mark],
            ["steps", mark], ["steps", "--json", mark], ["show", mark], ["show", mark, "--json"],
            ["runs", "--status", mark], ["runs", "--state", mark], ["runs", "--pipeline", mark],
            ["runs", "--limit", mark],
            ["init", mark], ["init", "-o", "x/\(mark)"], ["rollback", "--to", mark], ["resume", mark],
            ["recover", "--state", mark], ["adopt", mark, mark], ["schema", mark], ["help", mark],
        ] {
            expectHarmless(try await project.runner(command), command)
        }
        let said = try await project.runner(["runs"], environment: ["RUNNER_STATE": mark])
        #expect(said.error.contains("there are no runs"))
        expectHarmless(said, ["RUNNER_STATE"])
    }

    /// The file is good, and its texts, the names of the site's files and what a program prints are not.
    @Test(arguments: marks) func aRun(mark: String) async throws {
        let project = try CommandProject()
        try project.folder.write("one", to: "site/index.html")
        for name in ["site/\(mark).html", "odd/a\n\(mark).html", "odd/\u{9B}2J\u{200B}\(mark).html"] {
            try project.folder.write("x", to: name)
        }
        try project.folder.write(
            "printf '%s\\n' '\(mark)' ' \(mark)' '\u{200B}\(mark)' '\u{9B}2J' >&2\n", to: "tell.sh")
        try project.folder.write(
            """
            version: 1
            name: odd
            vars: { mark: "\(mark)" }
            with: { store: store }
            steps:
              - { uses: hash, with: { source: site } }
              - { uses: exec, with: { run: sh tell.sh }, rollback: false }
              - { uses: exec, with: { command: [echo, "${{ vars.mark }}"] }, rollback: false }
              - { uses: exec, with: { command: ["\(mark)"] }, continue-on-error: true, rollback: false }
              - { uses: log, with: { message: "${{ vars.mark }}", file: log.jsonl } }
              - { uses: hash, with: { source: odd }, continue-on-error: true }
              - { uses: hash, with: { source: "\(mark)" } }

            """, to: "odd.yml")
        for command in [
            ["validate", "odd.yml"], ["validate", "--explain", "odd.yml"], ["plan", "-v", "odd.yml"],
            ["plan", "--json", "odd.yml"], ["run", "-v", "odd.yml"], ["run", "--color", "always", "odd.yml"],
            ["run", "--json", "-v", "odd.yml"], ["show"], ["show", "--json"], ["runs"], ["runs", "--json"],
        ] {
            let said = try await project.runner(command)
            if command.first == "run" { #expect(said.code == 1, "\(said.raw.error)") }
            expectHarmless(said, command, isColoured: command.contains("--color"))
        }
        let log = try project.text(project.newestRun() + "/run.log")
        #expect(log.contains(mark.drop { "#:".contains($0) }))
        #expect(Self.obeyed(log) == [])
        #expect(FileManager.default.fileExists(atPath: project.folder["log.jsonl"].string))
    }

    /// What is printed in the place of an expression can be read back as YAML, and says the same.
    @Test func whatIsWrittenOutIsWhatTheFileSays() async throws {
        let project = try CommandProject()
        try project.folder.write(
            "version: 1\nname: a\nsteps: [{ uses: log, with: { message: \"##[x]\" } }]\n", to: "a.yml")
        let said = try await project.runner("validate", "--explain", "a.yml")
        #expect(said.output.contains(##"message: "#\u0023[x]""##), "\(said.output)")
    }

    private func expectHarmless(_ said: Said, _ command: [String], isColoured: Bool = false) {
        var text = said.raw.output + "\n" + said.raw.error
        if isColoured { text.replace(/\u{1B}\[[0-6;]*m/, with: "") }
        #expect(Self.obeyed(text) == [], "\(command)")
    }

    /// The lines that GitHub's runner, that of Azure or TeamCity, or a terminal would obey.
    private static func obeyed(_ text: String) -> [String] {
        text.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }).map(String.init).filter { line in
            // As a comparison of texts in .NET sees it.
            let seen = line.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }
            let start = String(String.UnicodeScalarView(seen)).drop(while: \.isWhitespace)
            return start.hasPrefix("::") || start.contains(/##[A-Za-z]*\[/)
                || line.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\t" }
        }
    }
}
