internal import Glibc
internal import Synchronization
public import SystemPackage

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
                // It runs in its own task, which is longer than this call if programs in the background are kept.
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

    public func check(_ command: Command) throws {
        try command.refuseZeroBytes()
        try command.refuseIfMissing()
    }

    public func holders(of lock: FilePath) throws -> [LeftProgram]? {
        let lock = ProgramLock(path: lock)
        return try lock.isHeld ? lock.holders : nil
    }

    public func endHolders(of lock: FilePath) async throws -> Bool {
        let lock = ProgramLock(path: lock)
        for number in [SIGTERM, SIGKILL] {
            lock.signal(number)
            let limit = clock.now.advanced(by: Self.patience)
            while try lock.isHeld, clock.now < limit {
                try await clock.sleep(for: .milliseconds(50))
                // One may have started another meanwhile.
                if number == SIGKILL { lock.signal(number) }
            }
        }
        return try !lock.isHeld
    }

    /// Between SIGTERM and SIGKILL, and after that.
    private static let patience = Duration.seconds(5)
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
        // One thread starts the child, watches it and reaps it. The kernel kills the child when that thread ends, and so
        // when this process is killed.
        try await BlockingWork.run { [self] _ in
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
            let child = try start(output: standardOutput.writeEnd, error: standardError.writeEnd)
            var watch = ChildWatch(
                child, standardOutput.readEnd, standardError.readEnd, grace: command.grace, clock: clock,
                request: request, output: output)
            let open = watch.run(policy, left: left)
            let status = child.reap()
            for pipe in open { try DetachedOutput(pipe, of: command).discard() }
            return status
        }
    }

    /// - Parameters:
    ///   - output: the child's; it is closed here, as `error` is.
    private func start(output: FileDescriptor, error: FileDescriptor) throws -> ChildProcess {
        defer {
            try? output.close()
            try? error.close()
        }
        let input = try DurableFile.open("/dev/null", .readOnly)
        defer { try? input.close() }
        var surroundings = ChildProcess.Surroundings(input: input, output: output, error: error)
        if case .detached = policy {
            // The leader of a session leads a process group too. What is detached may outlive this process, so that
            // nothing waits for it.
            surroundings.hasSession = true
        } else {
            surroundings.diesWithThread = true
            surroundings.kept = try command.lock.map { try ProgramLock(path: $0).share() }
        }
        defer { try? surroundings.kept?.close() }
        do {
            return try ChildProcess(command, surroundings)
        } catch let failure {
            throw ProcessError(failure, command)
        }
    }
}
