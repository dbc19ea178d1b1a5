import Glibc
import SystemPackage
import TestSupport
import Testing

/// A package's own runner calls itself by the name of its executable, and the commands that it tells work.
@Suite struct ProgramNameTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        let executable = try RunnerProcess.executable.string
        try #require(symlink(executable, project.folder["site-runner"].string) == 0)
    }

    private func type(_ line: String) async throws -> (code: Int, said: String) {
        try await project.type("PATH=\"$PWD:$PATH\"; " + line)
    }

    @Test(arguments: [
        ("--help", "USAGE: site-runner <subcommand>"), ("run --help", "USAGE: site-runner run "),
        ("run --help", "as `site-runner plan` does"), ("run missing.yml", "`site-runner init` writes one"),
        ("validate empty.yml", "`site-runner init` writes one"), ("run wrong.yml", "`site-runner validate FILE`"),
        ("steps", "`site-runner steps KIND`"), ("steps prune", "`site-runner adopt`"),
        ("init -o new.yml", "`site-runner plan new.yml`"), ("plan one.yml", "this is what `site-runner run` would do"),
        ("--generate-completion-script bash", "site-runner"),
    ])
    func isTold(_ arguments: String, _ text: String) async throws {
        try project.folder.write("", to: "empty.yml")
        try project.folder.write("version: 2\n", to: "wrong.yml")
        try project.folder.write(
            "version: 1\nname: one\nsteps: [{ uses: exec, rollback: false, with: { run: \"true\" } }]\n", to: "one.yml")
        try project.folder.write("x", to: "site/index.html")
        let said = try await type("site-runner " + arguments).said
        // The console may break a line between two words.
        let flat = said.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(flat.contains(text), "\(said)")
        #expect(!said.contains("`runner "), "\(said)")
    }

    @Test func anInterruptedRunIsFinishedAsTold() async throws {
        try project.writeDeploy(
            "  - { id: check, uses: exec, rollback: false, with: { run: \"if test -e again; then exit 0; fi; touch again; kill -9 $PPID\" } }"
        )
        _ = try await type("site-runner run deploy.yml -i release=v1 -q")
        let shown = try await type("site-runner show")
        let told = try #require(shown.said.split(separator: "to finish it: ").last, "\(shown.said)")
        let command = String(told.split(separator: "\n").first ?? "")
        #expect(command == "site-runner recover")
        let typed = try await type(command)
        #expect(typed.code == 0, "\(typed.said)")
        #expect(try project.live() == "v1")
    }
}
