import Glibc
@testable import HTTP
@testable import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Commands that messages about the machine advise, typed in the state that caused the message if a test can make it.
@Suite struct SystemAdviceTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.folder.write("<html></html>\n", to: "site/index.html")
    }

    private func command(_ beginning: String, in text: String) throws -> String {
        try #require(CommandProject.commands(beginning + " ", in: text).first, "\(text)")
    }

    private func write(_ step: String) throws {
        try project.folder.write("version: 1\nname: one\nsteps:\n  - \(step)\n", to: "one.yml")
    }

    /// Runs into the state, follows the advice, and runs again.
    private func expectMended(_ beginning: String) async throws {
        let refused = try await project.runner("run", "one.yml")
        #expect(refused.code == 1, "\(refused.error)")
        try await project.typeWell(try command(beginning, in: refused.raw.error))
        let said = try await project.runner("run", "one.yml")
        #expect(said.code == 0, "\(said.error)")
    }

    @Test func aFileThatIsNotExecutable() async throws {
        try project.folder.write("#!/bin/sh\n", to: "my tools/build it")
        try write("{ uses: exec, rollback: false, with: { command: [\"my tools/build it\"] } }")
        try await expectMended("chmod +x")
    }

    @Test func aFileInACommandThatIsNotExecutable() async throws {
        try project.folder.write("#!/bin/sh\n", to: "build")
        try write("{ uses: exec, rollback: false, with: { run: \"./build\" } }")
        let refused = try await project.runner("run", "one.yml")
        let advice = try command("chmod +x", in: refused.raw.error)
        try await project.typeWell(advice.replacing("FILE", with: "build"))
        #expect(try await project.runner("run", "one.yml").code == 0)
    }

    @Test func anInterpreterThatIsMissing() async throws {
        try project.folder.write("#!/bin/sh\r\ntrue\r\n", to: "my build")
        try await project.typeWell("chmod +x 'my build'")
        try write("{ uses: exec, rollback: false, with: { command: [\"./my build\"] } }")
        let refused = try await project.runner("run", "one.yml")
        #expect(try await project.typeWell(try command("head -1", in: refused.raw.error)).hasPrefix("#!/bin/sh"))
    }

    /// The step that needs it comes last, and the run does not begin.
    @Test func aMissingBashIsFoundBeforeTheFirstStep() async throws {
        try project.folder.write(
            """
            version: 1
            name: one
            steps:
              - { uses: exec, rollback: false, with: { run: ": > began" } }
              - { id: last, uses: exec, rollback: false, with: { run: "true", shell: bash } }

            """, to: "one.yml")
        let refused = try await project.runner("run", "one.yml", environment: ["PATH": "/nowhere:/usr/lib"])
        #expect(refused.code == 1 && !project.exists("began"), "\(refused.error)")
        #expect(refused.error.contains("the step has `shell: bash`, but bash is not installed"), "\(refused.error)")
        #expect(try await project.runner("run", "one.yml").code == 0)
        #expect(project.exists("began"))
    }

    @Test func aPathThroughAFile() async throws {
        try write("{ uses: log, with: { message: hello, file: site/index.html/it is } }")
        let refused = try await project.runner("run", "one.yml")
        let shown = try await project.type(try command("ls -ld", in: refused.raw.error))
        #expect(shown.said.contains("-rw"), "\(shown.said)")
    }

    @Test func aFullDisk() async throws {
        let path = project.folder["my site/a b"]
        try project.folder.write("x", to: "my site/a b")
        let help = FileError("write", path, .noSpace).help ?? ""
        #expect(try await project.typeWell(try command("df -h", in: help)).contains("Filesystem"))
    }

    /// A test cannot make a machine that is unable to start a process.
    @Test func theLimitsOfTheMachine() async throws {
        let url = try HTTPURL("http://localhost/")
        let help = TransportError(.resources, url, "no memory").help ?? ""
        for beginning in ["ulimit -a", "free -m"] {
            let advice = try #require(CommandProject.commands(beginning, in: help).first)
            #expect(try await !project.typeWell(advice).isEmpty)
        }
    }

    @Test func aServerThatAnswersOtherwise() async throws {
        let hops = (0..<12).map { "location = /\($0) { return 302 /\($0 + 1); }" }.joined(separator: "\n")
        try await NginxServer.run(in: project.folder.path, root: project.folder["site"], server: hops) { server in
            for kind in [TransportError.Kind.tls, .encoding, .tooLarge, .redirects, .badReply] {
                let url = try HTTPURL(server.url(kind == .redirects ? "/0" : "/"))
                let help = TransportError(kind, url, "it is wrong").help ?? ""
                let advice = try command("curl", in: help)
                let said = try await project.type(advice)
                #expect(said.code == 0 && said.said.contains("HTTP/1.1 "), "\(advice): \(said)")
            }
        }
    }

    @Test func whatIsNoFileInARelease() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        let version = try ReleaseVersion("v1")
        try await project.store.move(.manifest(of: version), to: .incoming(version))
        let pipe = "store/releases/v1/a pipe"
        try #require(mkfifo(project.folder[pipe].string, 0o600) == 0)
        let refused = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(refused.code == 1, "\(refused.error)")
        #expect(try await project.typeWell(try command("ls -l", in: refused.raw.error)).hasPrefix("p"))
    }

    @Test func aServerThatServesAnotherFolder() async throws {
        try await NginxServer.run(in: project.folder.path, root: project.folder["site"]) { server in
            try project.writeDeploy("  - { uses: smoke, with: { url: \"\(server.url())\" } }")
            try project.folder.write("<html>other</html>\n", to: "site/index.html")
            #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1").code == 0)
            try project.folder.write("<html>one</html>\n", to: "elsewhere/index.html")
            let text = try project.text("deploy.yml").replacing("source: site", with: "source: elsewhere")
            try project.folder.write(text, to: "deploy.yml")
            let refused = try await project.runner("run", "deploy.yml", "-i", "release=v2")
            #expect(refused.code == 1)
            let shown = try await project.typeWell(try command("readlink -f", in: refused.raw.error))
            #expect(shown == project.folder["store/releases/v1"].string)
        }
    }

    /// The line is that of the check, and shows what it got.
    @Test func aCheckThatFails() async throws {
        try await NginxServer.run(in: project.folder.path, root: project.folder["site"]) { server in
            try write("{ uses: smoke, with: { url: \"\(server.url("/?a=b&c='d'"))\", contains: moon } }")
            let refused = try await project.runner("run", "one.yml")
            #expect(refused.code == 1)
            let line = try #require(refused.raw.error.firstMatch(of: /to reproduce:\s+(curl .*)/)).output.1
            #expect(try await project.typeWell(String(line)).contains("<html></html>"))
        }
    }
}
