/// The exit code of the process. The type of an error decides it; its text never does.
public enum ExitCode: Int, Codable, Sendable {
    /// Done, even if there was nothing to do.
    case success = 0
    /// Failed; what visitors get is unchanged, or restored.
    case failed = 1
    /// `plan --detailed-exitcode`: there are changes.
    case changes = 2
    /// Failed, and something is not restored: a person is needed.
    case unrestored = 3
    /// The release is live and complete, but something after it is not done: `runner resume` continues.
    case unfinished = 4
    /// Wrong usage; a file or a required input is missing.
    case usage = 64
    /// The pipeline file is wrong.
    case badFile = 65
    /// The lease is held by another run.
    case leaseHeld = 75
    /// A timeout was the cause.
    case timeout = 124
    case hungUp = 129
    case interrupted = 130
    case quit = 131
    case terminated = 143
}

extension RunResult {
    /// What is not restored outranks the cause of the failure, a timeout or a signal too, because a person is needed. The
    /// cause outranks an error of a `finally` step, and that outranks a step that can be done later.
    public var exitCode: ExitCode {
        guard left.isEmpty else { return .unrestored }
        guard let failure else {
            guard finallyErrors.isEmpty else { return .failed }
            return unfinished.isEmpty ? .success : .unfinished
        }
        return switch failure.cause {
        case .failure: .failed
        case .timeout: .timeout
        case .interrupted: .interrupted
        case .terminated: .terminated
        case .hungUp: .hungUp
        case .quit: .quit
        case .leaseHeld: .leaseHeld
        case .requested: finallyErrors.isEmpty ? .success : .failed
        }
    }
}
