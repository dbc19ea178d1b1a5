import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What the runner makes of the process that it gets: its streams, its limits, its environment.
@Suite struct ProcessSetupTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    /// - Parameter script: in YAML's literal style.
    private func write(_ script: String, to name: String) throws {
        try project.folder.write(
            "version: 1\nname: one\nsteps:\n  - uses: exec\n    rollback: false\n    with:\n      run: |\n"
                + script.split(separator: "\n").map { "        \($0)\n" }.joined(), to: name)
    }

    /// Files of the run would get the numbers of the streams, and what is printed would be written into them.
    @Test(.enabled(if: geteuid() == 0, "only root can look into the runner"), arguments: ["", " --json"])
    func closedStreamsAreNoFilesOfTheRun(options: String) async throws {
        try write("for number in 0 1 2; do readlink /proc/$PPID/fd/$number; done > streams", to: "one.yml")
        try await project.typeWell("exec runner run\(options) one.yml <&- >&- 2>&-")
        #expect(try project.text("streams") == "/dev/null\n/dev/null\n/dev/null\n")
        #expect(try project.text(project.newestRun() + "/lock") == "")
        // Those that are open stay as they are.
        try await project.typeWell("runner runs <&- 2>&- > said")
        #expect(try project.text("said").contains("succeeded"))
    }

    @Test(arguments: [
        "--version", "--help", "help run", "steps", "steps exec", "steps --json", "schema", "runs", "runs --json",
        "show",
        "show --json", "validate --json deploy.yml", "plan deploy.yml -i release=v2",
        "plan --json deploy.yml -i release=v2",
        "plan --detailed-exitcode deploy.yml -i release=v2", "run --dry-run deploy.yml -i release=v2",
    ]) func outputThatIsNotTakenIsAnError(command: String) async throws {
        try await project.typeWell("runner run -q deploy.yml -i release=v1")
        let typed = try await project.type("runner \(command) > /dev/full")
        #expect(typed.code == 1, "\(command): \(typed.said)")
        #expect(
            typed.said.contains(
                "error: standard output did not take everything that was printed: No space left on device"),
            "\(command): \(typed.said)")
    }

    @Test func aDeployContinuesWithoutItsOutput() async throws {
        let full = try await project.type("runner run --json deploy.yml -i release=v1 > /dev/full")
        #expect(full.code == 0, "\(full.said)")
        #expect(full.said.contains("warning: standard output did not take everything that was printed"), "\(full.said)")
        #expect(try project.live() == "v1")
        let unread = "{ sleep 0.2; runner run --json deploy.yml -i release=v2; echo $? > code; } | true"
        try await project.typeWell("\(unread); while [ ! -s code ]; do sleep 0.01; done")
        #expect(try project.text("code") == "0\n" && project.live() == "v2")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func memoryStaysOutOfDumps() async throws {
        let nobody = 65_534
        chmod(project.folder.path.string, 0o777)
        try write("echo $$ > pid; echo up > up; exec sleep 1000", to: "one.yml")
        let process = try project.start("run", "one.yml", user: nobody)
        try await project.waitFor("up")
        // Of a process whose memory may be dumped, they are its user's.
        func owner(_ process: String) -> uid_t {
            var status = stat()
            return stat("/proc/\(process)/environ", &status) == 0 ? status.st_uid : .max
        }
        #expect(owner("\(process.processID)") == 0)
        let child = try project.text("pid").filter(\.isNumber)
        #expect(owner(child) == uid_t(nobody), "children have dumps of their own")
        process.signal(SIGKILL)
        _ = try await process.end()
    }

    @Test func theRunnerHasMoreFilesThanItsChildren() async throws {
        try write("ulimit -Sn > child; grep '^Max open files' /proc/$PPID/limits > runner", to: "one.yml")
        try await project.typeWell("ulimit -Sn 100; exec runner run one.yml")
        #expect(try project.text("child") == "100\n")
        let limits = try project.text("runner").split(separator: " ")
        #expect(limits.count > 4 && limits[3] == limits[4], "\(limits)")
    }

    /// Half-way, it could fail at anything.
    @Test(arguments: [16, 24, 31]) func tooFewFilesAreToldBeforeAnythingIsDone(count: Int) async throws {
        let typed = try await project.type("ulimit -n \(count); exec runner run deploy.yml -i release=v1")
        #expect(typed.code == 1, "\(typed.said)")
        #expect(
            typed.said.contains(
                "the limit of open files (ulimit -n) is \(count), and this command needs 32 at least, so nothing was done"
            ), "\(typed.said)")
        #expect(!project.exists(".runner") && !project.exists("store"))
    }

    @Test func theLeastFilesAreEnough() async throws {
        let typed = try await project.type("ulimit -n 32; exec runner run deploy.yml -i release=v1")
        #expect(typed.code == 0, "\(typed.said)")
        #expect(try project.live() == "v1")
    }

    @Test func tooLittleMemoryIsToldBeforeAnythingIsDone() async throws {
        let typed = try await project.type("ulimit -v 400000; exec runner run deploy.yml -i release=v1")
        #expect(typed.code == 1, "\(typed.said)")
        #expect(typed.said.contains("the limit of memory (ulimit -v) is 390.6 MiB"), "\(typed.said)")
        #expect(!project.exists(".runner") && !project.exists("store"))
    }

    /// The keys of a connection open what was sent in it, and that has credentials in it.
    @Test(.enabled(if: access("/usr/bin/openssl", X_OK) == 0, "there is no openssl command"))
    func noKeysOfConnectionsAreWritten() async throws {
        try project.folder.write(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem \
                -days 2 -subj /CN=localhost 2> /dev/null
            openssl s_server -accept 127.0.0.1:0 -key key.pem -cert cert.pem -www > server.log 2>&1 &
            server=$!
            trap 'kill $server' EXIT
            while ! grep -q '^ACCEPT' server.log; do kill -0 $server || exit 9; sleep 0.01; done
            port=$(sed -n 's/^ACCEPT.*://p' server.log)
            cat > tls.yml <<END
            version: 1
            name: tls
            steps:
              - { uses: exec, with: { run: 'echo "\\$SSLKEYLOGFILE" > seen' }, rollback: false }
              - { uses: smoke, with: { url: "https://localhost:$port/" }, retry: { attempts: 1 } }
            END
            SSLKEYLOGFILE=$PWD/keys runner run tls.yml

            """, to: "try.sh")
        let typed = try await project.type("exec sh try.sh")
        // It has shaken hands with the server, far enough for keys to be there.
        #expect(typed.code == 1 && typed.said.contains("certificate"), "\(typed.said)")
        #expect(!project.exists("keys"))
        #expect(try project.text("seen") == project.folder["keys"].string + "\n", "children may write theirs")
    }
}
