internal import FoundationEssentials
internal import Glibc
public import PipelineKit
internal import Synchronization
public import SystemPackage

/// The built `runner` in a process of its own, for tests of what a user sees.
public final class RunnerProcess: Sendable {
    /// What it has said and how it ended.
    public struct Ending: Sendable {
        public var status: ExitStatus
        public var output: String
        public var error: String

        /// The exit status as a shell shows it.
        public var code: Int {
            switch status {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        }
    }

    public let processID: Int
    private let files: TemporaryFolder
    private let ending = Mutex<ExitStatus?>(nil)

    /// Starts it, with `/dev/null` as its input.
    ///
    /// - Parameters:
    ///   - environment: the whole of it.
    ///   - user: the number of the user that it runs as, if root runs the test.
    /// - Throws: `Errno`; `NoRunner` if it has not been built.
    public init(
        _ arguments: [String], in folder: FilePath, environment: [String: String], user: Int? = nil
    ) throws {
        files = try TemporaryFolder()
        let become = user.map { ["/usr/bin/setpriv", "--reuid=\($0)", "--regid=\($0)", "--clear-groups"] } ?? []
        // Each of them becomes the next command, so that the process is the runner's own in the end.
        let executable = user == nil ? try Self.executable : try Self.copyForEverybody(in: files)
        let command = become + ["/usr/bin/env", "-C", folder.string, executable.string] + arguments
        processID = Int(
            try Self.spawn(
                command, environment: environment.merging(Self.sanitizer) { $1 }, output: files["stdout"],
                error: files["stderr"]))
    }

    /// What a process that was built with a sanitizer needs besides a test's own environment.
    public static let sanitizer = ProcessInfo.processInfo.environment.filter { $0.key == "TSAN_OPTIONS" }

    public func signal(_ number: Int32) {
        // Not if it has ended: its number may be another process's by now.
        ending.withLock { if $0 == nil { kill(pid_t(processID), number) } }
    }

    /// Waits for its end.
    ///
    /// - Throws: `NeverEnded` if it is still at work after ten minutes. It is killed then, so that the tests end and say what hung.
    public func end() async throws -> Ending {
        let hangs = Atomic(false)
        let killer = Task {
            try await Task.sleep(for: .seconds(600))
            hangs.store(true, ordering: .relaxed)
            signal(SIGKILL)
        }
        defer { killer.cancel() }
        let status = try await BlockingWork.run { [self] _ in try reap() }
        if hangs.load(ordering: .relaxed) { throw NeverEnded(said: try errorSoFar) }
        return Ending(status: status, output: try text("stdout"), error: try text("stderr"))
    }

    /// The file that has what it writes to standard error.
    public var errorPath: FilePath { files["stderr"] }

    /// What it has written to standard error so far.
    public var errorSoFar: String {
        get throws { try text("stderr") }
    }

    /// Waits until it has written a text to standard error.
    ///
    /// - Throws: `SaidNothing` if it ends first, or takes longer than a minute.
    public func says(_ text: String) async throws {
        let limit = ContinuousClock.now + .seconds(60)
        while try !errorSoFar.contains(text) {
            var information = siginfo_t()
            let hasEnded =
                waitid(P_PID, id_t(processID), &information, WEXITED | WNOHANG | WNOWAIT) == 0
                && information.si_signo == SIGCHLD
            if try hasEnded && !errorSoFar.contains(text) || ContinuousClock.now > limit {
                throw SaidNothing(expected: text, said: try errorSoFar)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try DurableFile.read(files[name]), as: UTF8.self)
    }

    private func reap() throws -> ExitStatus {
        if let status = ending.withLock({ $0 }) { return status }
        var information = siginfo_t()
        // First without reaping, so that nobody sends a signal to a number that is free again.
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
        return try ending.withLock { ending in
            var status: Int32 = 0
            guard waitpid(pid_t(processID), &status, 0) == pid_t(processID) else { throw Errno(rawValue: errno) }
            let signal = status & 0x7F
            let result = signal == 0 ? ExitStatus.exited(Int(status >> 8 & 0xFF)) : .signalled(Int(signal))
            ending = result
            return result
        }
    }

    /// Another user may not be let into the folder that was built in, such as root's home.
    private static func copyForEverybody(in folder: TemporaryFolder) throws -> FilePath {
        let copy = folder["runner"]
        // By a program of its own: a child that another test forks while this process writes the copy would keep it
        // open for writing, and such a file cannot be executed.
        let copier = try spawn(
            ["/bin/cp", executable.string, copy.string], environment: [:], output: folder["cp-output"],
            error: folder["cp-error"])
        var status: Int32 = 0
        guard waitpid(copier, &status, 0) == copier, status == 0 else { throw Errno.permissionDenied }
        chmod(folder.path.string, 0o755)
        chmod(copy.string, 0o755)
        return copy
    }

    /// The `runner` beside the program that runs the tests: one build makes both.
    public static var executable: FilePath {
        get throws {
            let bundles = CommandLine.arguments.filter { $0.contains(".xctest") } + ["/proc/self/exe"]
            for bundle in bundles {
                guard let resolved = realpath(bundle, nil) else { continue }
                defer { free(resolved) }
                let path = FilePath(platformString: resolved).removingLastComponent().appending("runner")
                if access(path.string, X_OK) == 0 { return path }
            }
            throw NoRunner(lookedFor: bundles)
        }
    }

    private static func spawn(
        _ command: [String], environment: [String: String], output: FilePath, error: FilePath
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.string, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error.string, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var processID: pid_t = 0
        let result = posix_spawn(&processID, command[0], &actions, nil, arguments, variables)
        guard result == 0 else { throw Errno(rawValue: result) }
        return processID
    }
}

/// There is no built `runner` beside the tests.
public struct NoRunner: Error {
    public var lookedFor: [String]
}

/// A process was at work for ten minutes.
public struct NeverEnded: Error {
    public var said: String
}

/// A process ended, or ran for a minute, without saying what was expected.
public struct SaidNothing: Error {
    public var expected: String
    public var said: String
}
