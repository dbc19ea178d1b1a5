internal import FoundationEssentials
internal import PipelineKit

/// The timeline of a report: a row for each step, a bar for each attempt.
struct ReportBars {
    let report: RunReport

    var html: HTML {
        let spans = report.steps.flatMap(\.spans)
        guard !spans.isEmpty else { return "" }
        let timeline = ReportTimeline(spans)
        let rows = HTML.join(report.steps.filter { !$0.spans.isEmpty }.map { row($0, on: timeline) })
        return """
            <h2>Timeline</h2>
            <div class="timeline">
            \(rows)
            <div class="axis" aria-hidden="true"><span>0</span><span>\(timeline.length.text)</span></div>
            </div>
            """
    }

    private func row(_ story: RunReport.StepStory, on timeline: ReportTimeline) -> HTML {
        let bars = HTML.join(story.spans.map { bar($0, on: timeline) })
        let gaps = HTML.join(
            timeline.gaps.map { gap in
                """
                <i class="gap" style="left:\(percent(gap.position));width:\(percent(gap.width))" \
                title="\(gap.length.text) of nothing"></i>
                """ as HTML
            })
        let total = story.spans.reduce(0) { $0 + $1.to.timeIntervalSince($1.from) }
        return """
            <div class="row"><a href="#step-\(story.id)">\(story.id)</a><div class="lane">\(gaps)\(bars)</div>\
            <span class="time">\(Duration.milliseconds(Int((total * 1_000).rounded())).text)</span></div>
            """
    }

    private func bar(_ span: RunReport.Span, on timeline: ReportTimeline) -> HTML {
        let (from, to) = (timeline.position(of: span.from), timeline.position(of: span.to))
        let milliseconds = Int((span.to.timeIntervalSince(span.from) * 1_000).rounded())
        let title = "\(span.label): \(span.ending.word), \(Duration.milliseconds(milliseconds).text)"
        return """
            <b class="\(span.ending.rawValue)" style="left:\(percent(from));width:\(percent(max(0, to - from)))" \
            title="\(title)"></b>
            """
    }

    /// With two decimals, whatever the locale.
    private func percent(_ share: Double) -> String {
        let hundredths = Int((min(1, max(0, share)) * 10_000).rounded())
        let rest = String(hundredths % 100)
        return "\(hundredths / 100).\(rest.count < 2 ? "0" : "")\(rest)%"
    }
}
