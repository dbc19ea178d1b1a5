internal import PipelineKit

/// The runner's exit codes; the argument parser has an `ExitCode` of its own.
typealias Exit = PipelineKit.ExitCode

extension Exit {
    /// Of an error that ended a command before, or instead of, a run.
    init(of error: any Error) {
        self =
            switch error {
            case let error as CommandError: error.exitCode
            case is SecretMissing: .usage
            case is RunBusy: .leaseHeld
            default: .failed
            }
    }
}
