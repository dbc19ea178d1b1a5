internal import PipelineKit

/// How a run stands, in a word.
enum RunState: String {
    case notStarted = "not started"
    case atWork = "at work"
    case interrupted
    case succeeded
    /// Live, and a step after that is not done.
    case unfinished
    case failed
    case stuck = "not restored"
    case rolledBack = "rolled back"
}

extension RunHistory {
    var state: RunState {
        guard started != nil else { return .notStarted }
        guard let ended else { return .interrupted }
        if ended.exitCode == Exit.unrestored.rawValue || rollbackFailed != nil { return .stuck }
        return switch ended.outcome {
        case .success: .succeeded
        case .unfinished: .unfinished
        case .rolledBack: .rolledBack
        case .failure, .timeout, .cancelled: rolledBack.isEmpty ? .failed : .rolledBack
        }
    }

    /// What a reader of a list wants to know beyond the state: the version, or why it failed.
    var highlight: String {
        if let failed {
            let place = failed.step.map { "\($0): " } ?? ""
            switch failed.cause {
            case .interrupted: return place + "stopped by SIGINT"
            case .terminated: return place + "stopped by SIGTERM"
            case .requested: break
            case .failure, .timeout, .leaseHeld: return place + (failed.error?.message ?? failed.cause.rawValue)
            }
        }
        let version = finishedOrder.compactMap { finished[$0]?.outputs?["version"]?.asText }.first { !$0.isEmpty }
        return version ?? ""
    }
}
