internal import FoundationEssentials
internal import PipelineKit

/// How long ago something was, as people say it: one number, rounded down.
enum Age {
    /// `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. A moment that is to come, by another machine's clock, is `0 s ago`.
    static func text(of date: Date, at now: Date) -> String {
        let seconds = max(0, Int(now.timeIntervalSince(date)))
        return switch seconds {
        case ..<60: "\(seconds) s ago"
        case ..<3_600: "\(seconds / 60) min ago"
        case ..<172_800: "\(seconds / 3_600) h ago"
        default: "\(seconds / 86_400) d ago"
        }
    }
}
