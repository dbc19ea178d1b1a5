public import SystemPackage

/// Starts child processes for steps.
public protocol ProcessRunner: Sendable {
    /// Runs a command to its end.
    ///
    /// The child runs in its own process group. If this process is killed, the kernel kills the child too, unless it is
    /// detached. When the task is cancelled, the group gets SIGTERM, and SIGKILL after
    /// `command.grace`; meanwhile its output is read to the end.
    ///
    /// - Parameter output: called for each line of standard output and standard error as it comes, without its end.
    /// - Throws: `ProcessError` if the command cannot be started; `CancellationError` after a cancellation, once the
    ///   child has ended. An exit status other than 0 is not an error here.
    func run(_ command: Command, output: @escaping @Sendable (OutputLine) -> Void) async throws -> ExitStatus

    /// Does the same for a command that may leave programs running in the background.
    ///
    /// - Parameters:
    ///   - policy: what becomes of them.
    ///   - output: called for their lines too, as long as they are read.
    func run(
        _ command: Command, background policy: BackgroundPolicy, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus

    /// Looks whether a command's program and folder are there, and starts nothing.
    ///
    /// - Throws: `ProcessError` if starting it now would fail for that reason.
    func check(_ command: Command) throws

    /// Returns the programs that hold a command's `lock`, whoever has started them; nil if none does. Those that this
    /// user may not see are left out.
    func holders(of lock: FilePath) throws -> [LeftProgram]?

    /// Ends the programs that hold a command's `lock`, and the others of their process groups: by SIGTERM, and those
    /// that are left after five seconds by SIGKILL.
    ///
    /// - Returns: true if none is left.
    func endHolders(of lock: FilePath) async throws -> Bool
}

extension ProcessRunner {
    /// For a runner that starts nothing of the machine's.
    public func check(_ command: Command) throws {}

    /// For a runner that takes no locks.
    public func holders(of lock: FilePath) throws -> [LeftProgram]? { nil }

    /// For a runner that takes no locks.
    public func endHolders(of lock: FilePath) async throws -> Bool { true }

    /// For a runner whose commands leave nothing running.
    public func run(
        _ command: Command, background policy: BackgroundPolicy, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        try await run(command, output: output)
    }
}

public struct Command: Sendable, Hashable {
    /// The program; it is searched for in `PATH` of `environment` if it has no slash.
    public var executable: String
    public var arguments: [String]
    /// The whole environment of the child.
    public var environment: [String: String]
    public var directory: FilePath
    /// The time between SIGTERM and SIGKILL.
    public var grace: Duration
    /// A file that is locked (`flock`) as long as the program, or one that it has started, runs. It is made if it is
    /// missing. Nil if nobody must be able to tell. A detached command does not lock it.
    public var lock: FilePath?

    public init(
        _ executable: String, _ arguments: [String], environment: [String: String], directory: FilePath,
        grace: Duration = .seconds(5)
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.grace = grace
    }
}

public struct OutputLine: Sendable, Hashable {
    public enum Stream: Sendable { case output, error }
    public var stream: Stream
    public var text: String

    public init(_ stream: Stream, _ text: String) {
        self.stream = stream
        self.text = text
    }
}

public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(Int)
    case signalled(Int)

    public var isSuccess: Bool { self == .exited(0) }

    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// A command that could not be started.
public struct ProcessError: DescribedError {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable {
        case commandNotFound = "command-not-found"
        case noSuchDirectory = "no-such-directory"
        case notExecutable = "not-executable"
        case cannotStart = "cannot-start"
        case zeroByte = "zero-byte"
    }

    public var kind: Kind
    public var message: String
    public var help: String?

    public var code: String { kind.rawValue }

    public init(_ kind: Kind, _ message: String, help: String?) {
        self.kind = kind
        self.message = message
        self.help = help
    }
}
