internal import PipelineKit

/// What a command is to do with a run.
enum RunPurpose: Sendable {
    case run, resume, rollback, recover

    var intent: Engine.Intent {
        if case .rollback = self { .rollBack } else { .forward }
    }

    /// With what the command ends for such a result.
    func exit(of result: RunResult) -> Exit {
        switch self {
        case .run, .resume: result.exitCode
        case .rollback:
            if result.stoodAside { result.exitCode } else { result.left.isEmpty ? .success : .unrestored }
        case .recover:
            if !result.left.isEmpty || result.stoodAside {
                .unrestored
            } else {
                result.outcome.isForward ? result.exitCode : .failed
            }
        }
    }
}
