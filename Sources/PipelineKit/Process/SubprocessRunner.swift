internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Starts child processes on this machine, with `/dev/null` as their input.
///
/// A call ends when the child has ended and its output is closed, or 200 ms after the child has ended: a program that
/// it left running in the background does not hold the call up. What becomes of such a program is what the
/// `BackgroundPolicy` says. After a cancellation the call ends when the group has closed the output, or at the latest
/// when the grace ends; what is left of the group then gets SIGKILL.
public struct SubprocessRunner: ProcessRunner {
    private let clock: any RunClock

    /// - Parameter clock: the clock that measures the grace; its time must pass by itself.
    public init(clock: any RunClock) {
        self.clock = clock
    }

    public func run(
        _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        try await run(command, background: .abandoned, output: output)
    }

    public func run(
        _ command: Command, background policy: BackgroundPolicy, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        try Task.checkCancellation()
        try command.refuseZeroBytes()
        let request = try StopRequest()
        let status = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ending = FirstAnswer<ExitStatus>(continuation)
                // It runs in its own task, which is never cancelled. Otherwise Subprocess would close the pipes, and a
                // child that reports its clean-up in its SIGTERM handler would die of SIGPIPE. The task is also longer
                // than this call, if programs in the background are kept.
                Task { [clock] in
                    let result: Result<ExitStatus, any Error>
                    do {
                        let child = Child(command: command, policy: policy, clock: clock, request: request)
                        result = .success(try await child.run(output) { ending.tell(.success($0)) })
                    } catch {
                        result = .failure(error)
                    }
                    ending.tell(result)
                }
            }
        } onCancel: {
            request.make()
        }
        try Task.checkCancellation()
        return status
    }
}

/// A wait for the first of several answers.
final class FirstAnswer<Content: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Content, any Error>?>

    init(_ continuation: CheckedContinuation<Content, any Error>) {
        self.continuation = Mutex(continuation)
    }

    func tell(_ answer: Result<Content, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: answer)
    }
}

/// One child process, with what it leaves running.
private struct Child {
    let command: Command
    let policy: BackgroundPolicy
    let clock: any RunClock
    let request: StopRequest

    /// Returns when nothing is left to read or to end.
    ///
    /// - Parameter left: called with the child's status if programs in the background are kept.
    func run(
        _ output: @escaping @Sendable (OutputLine) -> Void, left: @escaping @Sendable (ExitStatus) -> Void
    ) async throws -> ExitStatus {
        let standardOutput = try ChildPipe()
        defer { try? standardOutput.readEnd.close() }
        let standardError: ChildPipe
        do {
            standardError = try ChildPipe()
        } catch {
            try? standardOutput.writeEnd.close()
            throw error
        }
        defer { try? standardError.readEnd.close() }
        do {
            let result = try await Subprocess.run(
                Configuration(command, policy),
                input: .none,
                output: .fileDescriptor(standardOutput.writeEnd, closeAfterSpawningProcess: true),
                error: .fileDescriptor(standardError.writeEnd, closeAfterSpawningProcess: true)
            ) { execution in
                let child = execution.processIdentifier
                return try await BlockingWork.run { [self] _ in
                    var watch = ChildWatch(
                        child, standardOutput.readEnd, standardError.readEnd, grace: command.grace, clock: clock,
                        request: request, output: output)
                    return watch.run(policy, left: left)
                }
            }
            for pipe in result.closureResult { try await DetachedOutput(pipe, of: command).discard() }
            return ExitStatus(result.terminationStatus)
        } catch let error as SubprocessError {
            throw ProcessError(error, command)
        }
    }
}

extension Configuration {
    fileprivate init(_ command: Command, _ policy: BackgroundPolicy) {
        var options = PlatformOptions()
        if case .detached = policy {
            // The leader of a session leads a process group too.
            options.createSession = true
        } else {
            options.processGroupID = 0
        }
        self.init(command, options)
    }

    init(_ command: Command, _ options: PlatformOptions) {
        let environment = command.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        self.init(
            executable: command.executable.contains("/")
                ? .path(FilePath(command.executable)) : .name(command.executable),
            arguments: Arguments(command.arguments),
            environment: .custom(Dictionary(uniqueKeysWithValues: environment)),
            workingDirectory: command.directory, platformOptions: options)
    }
}

extension ExitStatus {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(Int(code))
        case .signaled(let signal): self = .signalled(Int(signal))
        }
    }
}
