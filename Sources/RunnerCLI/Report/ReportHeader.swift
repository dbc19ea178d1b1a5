internal import FoundationEssentials
internal import PipelineKit

/// The top of a report: what came of the run, why, and what to type next.
struct ReportHeader {
    let report: RunReport

    var html: HTML {
        """
        <header>
        <p class="badge \(verdict.look)">\(verdict.text)</p>
        <h1>\(report.pipeline)</h1>
        <dl class="facts">\(HTML.join(facts))</dl>
        </header>
        \(failure)\(unfinished)\(left)
        """
    }

    /// The outcome in words, and the class of its colours.
    var verdict: (text: String, look: HTML) {
        guard let result = report.result else { return ("not finished", "warn") }
        if result.stoodAside { return ("nothing was done", "warn") }
        if result.left.contains(where: { !$0.isFinal }) { return ("not restored", "bad") }
        let isRestored = result.steps.contains { $0.rolledBack }
        let restored = isRestored ? (result.left.isEmpty ? ", restored" : ", restored in part") : ""
        return switch result.outcome {
        case .success: ("succeeded", "good")
        case .unfinished: ("live, unfinished", "warn")
        case .rolledBack: (result.left.isEmpty ? "rolled back" : "rolled back in part", "warn")
        case .failure, .timeout: ("failed\(restored)", "bad")
        case .cancelled: ("stopped\(restored)", "warn")
        }
    }

    private var facts: [HTML] {
        var facts: [(name: String, value: HTML)] = [
            ("run", "<code>\(report.runID)</code>"),
            ("began", "\(Self.moment(report.startedAt))"),
            ("ended", "\(Self.moment(report.endedAt))"),
            ("took", "\(duration)"),
            ("file", "<code>\(report.file)</code>"),
        ]
        if let result = report.result { facts.append(("exit status", "\(report.exit(result).rawValue)")) }
        if report.isResumed {
            let page = report.earlierPage.map { " (<a href=\"\($0)\">its report</a>)" as HTML } ?? ""
            facts.append(("note", "an earlier process began this run\(page)"))
        }
        return facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" }
    }

    private var duration: String {
        guard !report.isResumed, let result = report.result else {
            let seconds = report.endedAt.timeIntervalSince(report.startedAt)
            return Duration.milliseconds(Int(seconds * 1_000)).text
        }
        return result.duration.text
    }

    private var failure: HTML {
        guard let failure = report.result?.failure, failure.cause != .requested else { return "" }
        let place = failure.step.map { "step \($0)" } ?? "the run"
        let title =
            switch failure.cause {
            case .interrupted: "\(place) was stopped by SIGINT"
            case .terminated: "\(place) was stopped by SIGTERM"
            case .timeout: "\(place) took too long"
            case .leaseHeld: "another run has the store"
            case .failure, .requested: "\(place) failed"
            }
        let error = failure.error.map { ReportStep.describe($0) } ?? ""
        return "<section class=\"box bad\"><h2>\(title)</h2>\(error)</section>"
    }

    private var unfinished: HTML {
        guard let steps = report.result?.unfinished, !steps.isEmpty else { return "" }
        let items = HTML.join(
            steps.map { "<li><strong>\($0.step)</strong>: until it is done, \($0.consequence)</li>" as HTML })
        return """
            <section class="box warn"><h2>Not done</h2><ul>\(items)</ul>\
            <p>The new release is live and whole. To do what is missing, type <code>\(report.commands.resume(report.runID))</code></p>\
            </section>
            """
    }

    private var left: HTML {
        guard let left = report.result?.left, !left.isEmpty else { return "" }
        let items = HTML.join(
            left.map { "<li><strong>\($0.step)</strong> (\($0.kind)): \($0.reason)</li>" as HTML })
        let next: HTML =
            left.allSatisfy(\.isFinal)
            ? "<p>No rollback can undo it: undo it by hand where it matters.</p>"
            : "<p>Look at the above, then type <code>\(report.commands.rollback(report.runID))</code></p>"
        return "<section class=\"box bad\"><h2>Not restored</h2><ul>\(items)</ul>\(next)</section>"
    }

    /// `2026-01-31 23:59:59 UTC`
    static func moment(_ date: Date) -> String {
        let text = date.journalText
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }
}
