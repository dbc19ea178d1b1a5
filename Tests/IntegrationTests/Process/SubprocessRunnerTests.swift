import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Collects lines from any thread.
final class Lines: Sendable {
    private let lines = Mutex<[OutputLine]>([])

    func add(_ line: OutputLine) { lines.withLock { $0.append(line) } }

    func texts(_ stream: OutputLine.Stream = .output) -> [String] {
        lines.withLock { $0.filter { $0.stream == stream }.map(\.text) }
    }

    /// Returns once there is a line with that text.
    func wait(for text: String) async {
        while !texts().contains(text) { await Task.yield() }
    }
}

@Suite struct SubprocessRunnerTests {
    private let runner = SubprocessRunner(clock: SystemClock())
    private let lines = Lines()
    private let environment = ["PATH": "/usr/bin:/bin"]

    private func shell(
        _ script: String, grace: Duration = .seconds(5), in directory: FilePath = "/"
    ) async throws -> PipelineKit.ExitStatus {
        try await runner.run(
            Command("sh", ["-c", script], environment: environment, directory: directory, grace: grace),
            output: lines.add)
    }

    private func failure(_ command: Command) async -> ProcessError? {
        await #expect(throws: ProcessError.self) { try await runner.run(command) { _ in } }
    }

    @Test func outputOfBothStreamsComesByLine() async throws {
        let status = try await shell("echo one; echo two >&2; printf three")
        #expect(status == .exited(0))
        #expect(lines.texts() == ["one", "three"])
        #expect(lines.texts(.error) == ["two"])
    }

    @Test func aFailureIsAStatus() async throws {
        #expect(try await shell("exit 7") == .exited(7))
        #expect(try await shell("kill -9 $$") == .signalled(9))
    }

    @Test func muchOutputIsReadWhole() async throws {
        #expect(try await shell("seq 1 200000; seq 1 200000 >&2") == .exited(0))
        #expect(lines.texts().count == 200_000 && lines.texts().last == "200000")
        #expect(lines.texts(.error).count == 200_000)
    }

    @Test func theChildHasItsFolderItsEnvironmentAndNoInput() async throws {
        let folder = try TemporaryFolder()
        _ = try await runner.run(
            Command(
                "sh", ["-c", "pwd; echo \"$NAME\"; env | wc -l; cat; ls /proc/self/fd | wc -l"],
                environment: environment.merging(["NAME": "a b", "PWD": "/"]) { $1 }, directory: folder.path),
            output: lines.add)
        // PATH, NAME, PWD; and the descriptors 0 to 2 with the one that `ls` opens.
        #expect(lines.texts() == [folder.path.string, "a b", "3", "4"])
    }

    @Test func aProgramLeftInTheBackgroundDoesNotHoldTheRunUp() async throws {
        let folder = try TemporaryFolder()
        // If its end were waited for, it would have written the file.
        let status = try await shell("(sleep 60; echo late > '\(folder["late"])') & echo $!; exit 3")
        #expect(status == .exited(3))
        let process = try #require(lines.texts().first)
        #expect(try await shell("kill -9 \(process)") == .exited(0), "it is still there")
        #expect(throws: FileError.self) { try DurableFile.read(folder["late"]) }
    }

    @Test func whatAProgramInTheBackgroundWritesAtOnceIsRead() async throws {
        #expect(try await shell("(sleep 0.02; echo tail) & exit 0") == .exited(0))
        #expect(lines.texts() == ["tail"])
    }

    private func kept(
        _ script: String, in processes: BackgroundProcesses, of owner: String = "a", grace: Duration = .seconds(5)
    ) async throws -> PipelineKit.ExitStatus {
        try await runner.run(
            Command("sh", ["-c", script], environment: environment, directory: "/", grace: grace),
            background: .kept(in: processes, owner: owner), output: lines.add)
    }

    @Test func aKeptProgramIsReadUntilItIsToldToEnd() async throws {
        let processes = BackgroundProcesses()
        let script =
            "(trap 'echo tidying; sleep 0.3; echo tidied; exit 0' TERM; (while :; do echo tick; sleep 0.05; done) & wait) & exit 4"
        #expect(try await kept(script, in: processes) == .exited(4))
        #expect(processes.owners == ["a"])
        let count = lines.texts().count
        while lines.texts().count < count + 3 { await Task.yield() }
        await processes.end()
        #expect(lines.texts().suffix(2) == ["tidying", "tidied"] && processes.owners.isEmpty)
    }

    @Test func aKeptProgramThatClosedItsOutputHasItsGraceToo() async throws {
        let folder = try TemporaryFolder()
        let processes = BackgroundProcesses()
        let script =
            "(trap 'sleep 0.3; echo tidied > \(folder["said"]); exit 0' TERM; echo up > \(folder["up"]); sleep 900 & wait) "
            + "> /dev/null 2>&1 & while [ ! -s \(folder["up"]) ]; do sleep 0.01; done"
        #expect(try await kept(script, in: processes) == .exited(0))
        #expect(processes.owners == ["a"])
        await processes.end()
        #expect(try folder.text("said") == "tidied\n")
    }

    @Test func aKeptProgramThatIgnoresTermIsKilled() async throws {
        let processes = BackgroundProcesses()
        let script = "(trap '' TERM; echo up; while :; do sleep 0.05; done) & echo $!; sleep 0.1"
        _ = try await kept(script, in: processes, grace: .milliseconds(150))
        let process = try #require(lines.texts().first { $0 != "up" })
        await processes.end()
        let isGone =
            "while [ -d /proc/\(process) ] && ! grep -q '^State:.[ZX]' /proc/\(process)/status; do sleep 0.01; done"
        #expect(try await shell("timeout 20 sh -c \"\(isGone)\"") == .exited(0))
    }

    @Test func aProgramThatEndsByItselfIsNotKept() async throws {
        let folder = try TemporaryFolder()
        let processes = BackgroundProcesses()
        _ = try await kept("(until [ -e \(folder["end"]) ]; do sleep 0.01; done; echo late) & exit 0", in: processes)
        #expect(processes.owners == ["a"])
        try folder.write("", to: "end")
        while !processes.owners.isEmpty { await Task.yield() }
        #expect(lines.texts() == ["late"])
        _ = try await kept("true", in: processes)
        #expect(processes.owners.isEmpty)
    }

    @Test func whatOneOwnerLeftEndsAlone() async throws {
        let processes = BackgroundProcesses()
        _ = try await kept("sleep 900 &", in: processes, of: "a")
        _ = try await kept("sleep 900 &", in: processes, of: "b")
        await processes.end(of: "a")
        #expect(processes.owners == ["b"])
        await processes.end()
    }

    /// It left the group, and nothing of the run ends it; the run must not wait for it either.
    @Test func aProgramInASessionOfItsOwnHoldsNothingUp() async throws {
        let processes = BackgroundProcesses()
        let folder = try TemporaryFolder()
        let script =
            "setsid sh -c 'echo $$; echo up > \(folder["up"]); exec sleep 900' & while [ ! -s \(folder["up"]) ]; do sleep 0.01; done"
        _ = try await kept(script, in: processes)
        await processes.end()
        let process = try #require(lines.texts().first)
        #expect(try await shell("kill -9 \(process)") == .exited(0), "it is still there")
    }

    @Test func aCancelSendsTermAndReadsOn() async throws {
        let task = Task {
            try await shell(
                "trap 'echo tidying; sleep 0.3; echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
        }
        await lines.wait(for: "ready")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(lines.texts() == ["ready", "tidying", "tidied"])
    }

    @Test func aGroupThatIgnoresTermIsKilledAfterTheGrace() async throws {
        let task = Task {
            try await shell(
                "trap '' TERM; (trap '' TERM; echo $$; while :; do sleep 0.05; done) & echo ready; wait",
                grace: .milliseconds(150))
        }
        await lines.wait(for: "ready")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let group = try #require(lines.texts().first { $0 != "ready" })
        #expect(
            try await shell("! kill -0 -- -\(group) 2>/dev/null || ! ps -o stat= -g \(group) | grep -qv Z")
                == .exited(0))
    }

    @Test func whatIsLeftOfAGroupGoesWithItsLeader() async throws {
        let folder = try TemporaryFolder()
        // It holds no output open, so nothing else tells that it is there.
        let stubborn = "(trap '' TERM; echo up > '\(folder["up"])'; while :; do sleep 0.05; done) > /dev/null 2>&1 &"
        let task = Task {
            try await shell(
                "\(stubborn) while [ ! -s '\(folder["up"])' ]; do sleep 0.01; done; echo $!; exec sleep 900")
        }
        while lines.texts().isEmpty { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let process = try #require(lines.texts().first)
        let isGone =
            "while [ -d /proc/\(process) ] && ! grep -q '^State:.[ZX]' /proc/\(process)/status; do sleep 0.01; done"
        #expect(try await shell("timeout 20 sh -c \"\(isGone)\"") == .exited(0))
    }

    @Test func aCancelBeforeTheStartStartsNothing() async throws {
        let folder = try TemporaryFolder()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await shell("touch '\(folder["file"])'")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(throws: FileError.self) { try DurableFile.read(folder["file"]) }
    }

    @Test func whatCannotBeStartedSaysWhy() async throws {
        let folder = try TemporaryFolder()
        try folder.write("#!/bin/sh\n", to: "plain")
        try folder.write("#!/no/such/interpreter\n", to: "script")
        #expect(try await shell("chmod +x '\(folder["script"])'") == .exited(0))
        func command(_ name: String, _ directory: FilePath? = nil) -> Command {
            Command(name, [], environment: environment, directory: directory ?? folder.path)
        }
        #expect(await failure(command("no-such-command"))?.code == "command-not-found")
        #expect(await failure(command("no-such-command"))?.message.contains("/usr/bin:/bin") == true)
        #expect(await failure(command("./missing"))?.code == "command-not-found")
        #expect(await failure(command("./plain"))?.help == "make it executable with `chmod +x \(folder["plain"])`")
        #expect(await failure(command("./script"))?.message.contains("interpreter") == true)
        #expect(await failure(command(folder.path.string))?.message.contains("is a folder") == true)
        #expect(await failure(command("ls", folder["missing"]))?.code == "no-such-directory")
    }

    /// What is not there is found without starting anything, and told in the same words.
    @Test func whatIsNotThereIsFoundBeforeTheStart() async throws {
        let folder = try TemporaryFolder()
        try folder.write("#!/bin/sh\n", to: "plain")
        try folder.write("#!/bin/sh\n", to: "tools/tool")
        #expect(try await shell("chmod +x '\(folder["tools/tool"])'") == .exited(0))
        func command(_ name: String, path: String? = "/usr/bin:/bin", _ directory: FilePath? = nil) -> Command {
            Command(
                name, [], environment: path.map { ["PATH": $0] } ?? [:], directory: directory ?? folder.path)
        }
        let missing = [
            command("no-such-command"), command("no-such-command", path: ""), command("./missing"), command("./plain"),
            command("tool", path: "tools"), command(folder.path.string), command("ls", folder["missing"]),
            command("ls", folder["plain"]), command("a\0b"),
        ]
        for command in missing {
            let found = #expect(throws: ProcessError.self) { try runner.check(command) }
            let told = await failure(command)
            #expect(found?.message == told?.message && found?.code == told?.code && found?.help == told?.help)
        }
        for command in [
            command("ls"), command("/bin/ls"), command("tools/tool"),
            command("tool", path: "/bin:" + folder["tools"].string), command("ls", path: nil),
        ] {
            try runner.check(command)
            _ = try await runner.run(command) { _ in }
        }
    }

    @Test func whatIsNoProgramSaysWhatTheSystemSays() async throws {
        let folder = try TemporaryFolder()
        try folder.write("\u{1}\u{2}", to: "data")
        #expect(try await shell("chmod +x '\(folder["data"])'") == .exited(0))
        let data = await failure(Command("./data", [], environment: environment, directory: folder.path))
        #expect(data?.code == "cannot-start" && data?.message == "cannot start `./data`: Exec format error")
        let long = Command(
            "true", [String(repeating: "x", count: 4 << 20)], environment: environment, directory: "/")
        #expect(await failure(long)?.message == "cannot start `true`: Argument list too long")
    }

    @Test func aProgramIsSearchedForInThePathOfItsEnvironment() async throws {
        let folder = try TemporaryFolder()
        for name in ["one", "two"] { try folder.write("#!/bin/sh\necho \(name) $0\n", to: "\(name)/tool") }
        #expect(try await shell("chmod +x '\(folder["two"])/tool'") == .exited(0))
        // A folder that is not there, a relative one, and a file that may not be executed are passed over.
        let path = "/no/such/folder:two:\(folder["one"]):\(folder["two"]):/usr/bin:/bin"
        let status = try await runner.run(
            Command("tool", [], environment: ["PATH": path], directory: folder.path), output: lines.add)
        #expect(status == .exited(0) && lines.texts() == ["two \(folder["two"])/tool"])
    }

    @Test func aLockIsHeldByTheCommandAndWhatItStarts() async throws {
        let folder = try TemporaryFolder()
        let processes = BackgroundProcesses()
        var command = Command(
            "sh", ["-c", "ls /proc/self/fd; sleep 1000 > /dev/null 2>&1 & exit 0"], environment: environment,
            directory: "/")
        command.lock = folder["lock"]
        #expect(try runner.holders(of: folder["lock"]) == nil)
        _ = try await runner.run(command, background: .kept(in: processes, owner: "a"), output: lines.add)
        // The streams, the lock, and the folder that `ls` reads. The lock's number is the first free one from 200.
        let numbers = lines.texts().filter { $0 != "3" }.compactMap(Int.init)
        #expect(numbers.dropLast() == [0, 1, 2] && numbers.count == 4 && numbers[3] >= 200, "\(numbers)")
        #expect(try runner.holders(of: folder["lock"])?.map(\.name) == ["sleep"])
        // Somebody who only reads the file is none of them.
        let reader = try DurableFile.open(folder["lock"], .readOnly)
        #expect(try runner.holders(of: folder["lock"])?.count == 1)
        try reader.close()
        #expect(try await runner.endHolders(of: folder["lock"]))
        #expect(try runner.holders(of: folder["lock"]) == nil)
        await processes.end()
    }

    @Test func aDetachedCommandHoldsNoLock() async throws {
        let folder = try TemporaryFolder()
        var command = Command(
            "sh", ["-c", "sleep 1000 > /dev/null 2>&1 & echo $!"], environment: environment, directory: "/")
        command.lock = folder["lock"]
        _ = try await runner.run(command, background: .detached, output: lines.add)
        #expect(try runner.holders(of: folder["lock"]) == nil)
        #expect(try await shell("kill -9 \(lines.texts()[0])") == .exited(0))
    }

    @Test func aZeroByteIsRefused() async throws {
        let command = Command("echo", ["a\0b"], environment: environment, directory: "/")
        #expect(await failure(command)?.code == "zero-byte")
    }

    @Test func noDescriptorIsLeftOpen() async throws {
        func count() async throws -> Int {
            let lines = Lines()
            // The number of the test process's own descriptors.
            let script = "ls /proc/$PPID/fd | wc -l"
            _ = try await runner.run(
                Command("sh", ["-c", script], environment: environment, directory: "/"), output: lines.add)
            return try #require(Int(lines.texts().first ?? ""))
        }
        let before = try await count()
        for _ in 0..<200 {
            _ = try? await runner.run(Command("missing", [], environment: environment, directory: "/")) { _ in }
            _ = try? await runner.run(Command("true", [], environment: environment, directory: "/")) { _ in }
        }
        // Other tests run at the same time and have some open.
        #expect(try await count() < before + 150)
    }
}
