internal import Subprocess
internal import SystemPackage

/// Starts child processes on this machine, with `/dev/null` as their input.
///
/// A call ends when the child has ended and its output is closed, or 200 ms after the child has ended: a program that
/// it left running in the background does not hold the call up. What such a program writes after that is lost, and it
/// gets SIGPIPE for it. After a cancellation the call ends when the group has closed the output, or at the latest when
/// the grace ends; what is left of the group then gets SIGKILL.
public struct SubprocessRunner: ProcessRunner {
    private let clock: any RunClock

    /// - Parameter clock: the clock that measures the grace; its time must pass by itself.
    public init(clock: any RunClock) {
        self.clock = clock
    }

    public func run(
        _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        try Task.checkCancellation()
        try command.refuseZeroBytes()
        let request = try StopRequest()
        // It runs in its own task, which is never cancelled. Otherwise Subprocess would close the pipes, and a child
        // that reports its clean-up in its SIGTERM handler would die of SIGPIPE.
        let child = Task { [clock] in
            try await Self.run(command, clock: clock, request: request, output: output)
        }
        let status = try await withTaskCancellationHandler {
            try await child.value
        } onCancel: {
            request.make()
        }
        try Task.checkCancellation()
        return status
    }

    private static func run(
        _ command: Command, clock: any RunClock, request: StopRequest,
        output: @escaping @Sendable (OutputLine) -> Void
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
                Configuration(command),
                input: .none,
                output: .fileDescriptor(standardOutput.writeEnd, closeAfterSpawningProcess: true),
                error: .fileDescriptor(standardError.writeEnd, closeAfterSpawningProcess: true)
            ) { execution in
                let child = execution.processIdentifier
                try await BlockingWork.run { _ in
                    var watch = ChildWatch(
                        child, standardOutput.readEnd, standardError.readEnd, grace: command.grace, clock: clock,
                        request: request,
                        output: output)
                    watch.run()
                }
            }
            return ExitStatus(result.terminationStatus)
        } catch let error as SubprocessError {
            throw ProcessError(error, command)
        }
    }
}

extension Configuration {
    fileprivate init(_ command: Command) {
        var options = PlatformOptions()
        options.processGroupID = 0
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
