internal import PipelineKit

/// What a command does with a run.
enum RunPurpose: Sendable {
    case run, resume, rollback, recover

    var intent: Engine.Intent {
        if case .rollback = self { .rollBack } else { .forward }
    }

    /// The exit code of the command for such a result.
    func exit(of result: RunResult) -> Exit {
        switch self {
        case .run, .resume: result.exitCode
        case .rollback:
            if result.stoodAside { result.exitCode } else { result.left.isEmpty ? .success : .unrestored }
        case .recover:
            if result.stoodAside, result.exitCode == .leaseHeld {
                .leaseHeld
            } else if !result.left.isEmpty || result.stoodAside {
                .unrestored
            } else {
                result.outcome.isForward ? result.exitCode : .failed
            }
        }
    }
}
