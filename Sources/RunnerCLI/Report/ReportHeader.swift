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
        \(visitors)
        <dl class="facts">\(HTML.join(facts))</dl>
        </header>
        \(failure)\(unfinished)\(left)\(next)
        """
    }

    /// The outcome's word, and the class of its colours.
    var verdict: (text: String, look: HTML) {
        guard let result = report.result else { return (RunState.interrupted.word, "warn") }
        if result.stoodAside { return (result.word, "warn") }
        if result.state == .stuck { return (result.word, "bad") }
        return switch result.outcome {
        case .success: (result.word, "good")
        case .unfinished, .rolledBack, .cancelled: (result.word, "warn")
        case .failure, .timeout: (result.word, "bad")
        }
    }

    private var facts: [HTML] {
        var facts: [(name: String, value: HTML)] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { facts.append((name, "\(SanitizedText.clean(value))")) }
        }
        let history = report.facts?.history
        add("version", history?.version)
        if let commit = history?.commit { facts.append(("commit", "<code>\(SanitizedText.clean(commit))</code>")) }
        add("who", history?.started?.who)
        if let ci = history?.started?.ci { facts.append(("CI job", Self.link(ci))) }
        add("host", report.host)
        facts += [
            ("run", "<code>\(report.runID)</code>"),
            ("began", "\(Self.moment(report.startedAt))"),
            ("ended", "\(Self.moment(report.endedAt))"),
            ("took", "\(duration)"),
            ("file", "<code>\(report.file)</code>"),
        ]
        add("runner", report.runner)
        if let result = report.result { add("exit status", "\(report.exit(result).rawValue)") }
        if report.isResumed {
            let page = report.earlierPage.map { " (<a href=\"\($0)\">its report</a>)" as HTML } ?? ""
            facts.append(("note", "an earlier process began this run\(page)"))
        }
        return facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" }
    }

    private static func link(_ job: CIJob) -> HTML {
        guard let url = job.url else { return "\(SanitizedText.clean(job.name))" }
        // A journal that somebody wrote by hand can have another scheme.
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return "\(SanitizedText.clean(url))" }
        return "<a href=\"\(url)\" rel=\"noreferrer\">\(SanitizedText.clean(job.name))</a>"
    }

    /// What visitors have: what a reader looks for first.
    private var visitors: HTML {
        HTML.join(
            report.visitors.lines().map {
                "<p class=\"visitors\">\(SanitizedText.clean($0))</p>" as HTML
            })
    }

    /// What to type.
    private var next: HTML {
        guard let next = report.next else { return "" }
        return "<p class=\"next\">\(next.purpose): \(Self.command(next.command))</p>"
    }

    /// A command that one click selects whole.
    private static func command(_ text: String) -> HTML { "<code class=\"command\">\(text)</code>" }

    private var duration: String {
        if report.isResumed, let took = report.facts?.took { return took.text }
        guard !report.isResumed, let result = report.result else {
            let seconds = report.endedAt.timeIntervalSince(report.startedAt)
            return Duration.milliseconds(Int(seconds * 1_000)).text
        }
        return result.duration.text
    }

    private var failure: HTML {
        guard let failure = report.result?.failure, failure.cause != .requested else { return "" }
        let error = failure.error.map { ReportStep.describe($0) } ?? ""
        let place: HTML = report.place.map { "<p class=\"quiet\"><code>\(SanitizedText.clean($0))</code></p>" } ?? ""
        return """
            <section class="box bad" id="failure"><h2>\(HTML.sentence(failure.sentence))</h2>\(error)\(place)</section>
            """
    }

    private var unfinished: HTML {
        guard let steps = report.result?.unfinished, !steps.isEmpty else { return "" }
        let items = HTML.join(
            steps.map { step in
                "<li><strong>\(step.step)</strong>: until it is done, \(HTML.sentence(step.consequence))</li>" as HTML
            })
        return """
            <section class="box warn"><h2>Not done</h2><ul>\(items)</ul>\
            <p>The new release is live and whole.</p></section>
            """
    }

    private var left: HTML {
        guard let left = report.result?.left, !left.isEmpty else { return "" }
        let items = HTML.join(
            left.map { "<li><strong>\($0.step)</strong> (\($0.kind)): \(HTML.sentence($0.reason))</li>" as HTML })
        let advice: HTML =
            left.allSatisfy(\.isFinal) ? "<p>No rollback can undo it: undo by hand what matters.</p>" : ""
        return "<section class=\"box bad\" id=\"left\"><h2>Not restored</h2><ul>\(items)</ul>\(advice)</section>"
    }

    /// `2026-01-31 23:59:59 UTC`
    static func moment(_ date: Date) -> String {
        let text = date.journalText
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }
}
