internal import FoundationEssentials
internal import PipelineKit

/// Maps moments of a run to places on its timeline, from 0 to 1.
///
/// Long idle times, such as between an interrupted run and its recovery on the next day, are cut to a gap.
struct ReportTimeline {
    /// A stretch of time in which steps were running.
    private struct Stretch {
        var from: Date
        var to: Date
        var length: Double { to.timeIntervalSince(from) }
    }

    private let stretches: [Stretch]
    /// The width of each gap between stretches, in seconds of the timeline.
    private let gap: Double
    private let total: Double

    /// A gap's place, and how long it was.
    struct Gap {
        var position: Double
        var width: Double
        var length: Duration
    }

    init(_ spans: [RunReport.Span]) {
        let sorted = spans.sorted { $0.from < $1.from }
        let busy = max(0.001, sorted.reduce(0) { $0 + $1.to.timeIntervalSince($1.from) })
        let longestIdle = max(2, busy / 5)
        var stretches: [Stretch] = []
        for span in sorted {
            if let last = stretches.last, span.from.timeIntervalSince(last.to) <= longestIdle {
                stretches[stretches.count - 1].to = max(last.to, span.to)
            } else {
                stretches.append(Stretch(from: span.from, to: span.to))
            }
        }
        self.stretches = stretches
        let shown = stretches.reduce(0) { $0 + $1.length }
        gap = max(0.001, shown) * 0.06
        total = max(0.001, shown + gap * Double(max(0, stretches.count - 1)))
    }

    func position(of date: Date) -> Double {
        var start = 0.0
        for stretch in stretches {
            if date <= stretch.to { return max(0, start + max(0, date.timeIntervalSince(stretch.from))) / total }
            start += stretch.length + gap
        }
        return 1
    }

    var gaps: [Gap] {
        zip(stretches, stretches.dropFirst()).map { before, after in
            Gap(
                position: position(of: before.to), width: gap / total,
                length: .milliseconds(Int(after.from.timeIntervalSince(before.to) * 1_000)))
        }
    }

    /// Without the gaps.
    var length: Duration { .milliseconds(Int(stretches.reduce(0) { $0 + $1.length } * 1_000)) }
}
