internal import PipelineKit

/// One step in a report: open if it went wrong, else only its heading.
struct ReportStep {
    let story: RunReport.StepStory
    /// Why the run failed, which the top of the page has told.
    var failure: RunFailed?
    /// What of the step is not restored, which the top has told as well.
    var left: UnrestoredChange?

    var html: HTML {
        let (word, look) = verdict
        var facts: [String] = []
        if let report = story.report, report.outcome != .skipped {
            facts.append(report.duration.text)
            if report.attempts > 1 { facts.append("\(report.attempts) attempts") }
        }
        if let summary = story.report?.summary {
            facts.append(summary)
        } else if story.changes.count > 0 {
            facts.append("\(CountText.text(story.changes.count)) change\(story.changes.count == 1 ? "" : "s")")
        }
        if story.isFinal { facts.append("finally") }
        let open: HTML = look.markup == "bad" ? " open" : ""
        return """
            <details class="step" id="step-\(story.id)"\(open)>
            <summary><span class="badge \(look)">\(word)</span> <strong>\(story.id)</strong> \
            <span class="kind">\(story.kind)</span> <span class="facts">\(facts.joined(separator: " · "))</span></summary>
            \(content)
            </details>
            """
    }

    private var verdict: (String, HTML) {
        guard let report = story.report else { return (StepState.notReached, "none") }
        let word = StepState(outcome: report.outcome, isUndone: report.rolledBack).word
        if report.rolledBack { return (word, report.error == nil ? "warn" : "bad") }
        return switch report.outcome {
        case .success, .already: (word, "good")
        case .skipped: (word, "none")
        case .failure, .timeout: (word, "bad")
        case .unfinished, .cancelled: (word, "warn")
        }
    }

    private var content: HTML {
        let parts = [errors, skipped, attempts, plannedAndDone, changes].filter { !$0.markup.isEmpty }
        return parts.isEmpty ? "<p class=\"quiet\">Nothing more is known of it.</p>" : HTML.join(parts)
    }

    private var errors: HTML {
        HTML.join(
            story.errors.filter { place(of: $0.error) == nil }.map {
                "<div class=\"box bad\"><h3>\($0.label)</h3>\(Self.describe($0.error))</div>"
            })
    }

    /// Where the top of the page has told it; nil if it has not.
    private func place(of error: ErrorRecord) -> HTML? {
        if failure?.step == story.id, failure?.error?.message == error.message { return "#failure" }
        return left.map { $0.reason.contains(error.message) } == true ? "#left" : nil
    }

    /// Each try with its time, its length and what came of it; an error that several have is told once.
    private var attempts: HTML {
        guard !story.spans.isEmpty else { return "" }
        var told: Set<String> = []
        let rows = HTML.join(
            story.spans.map { span in
                let time = String(span.from.journalText.dropFirst(11).prefix(8))
                var error: HTML = ""
                if let found = span.error {
                    error =
                        place(of: found).map { ": <a href=\"\($0)\">the error above</a>" }
                        ?? (told.insert(found.message).inserted ? Self.describe(found) : ": the same error")
                }
                return """
                    <tr><td>\(time)</td><td class="size">\(span.length.text)</td><td>\(span.label)</td>\
                    <td class="verb \(Self.look(of: span.ending))">\(span.ending.word)\(error)</td></tr>
                    """ as HTML
            })
        return "<h3>Attempts</h3><table class=\"attempts\">\(rows)</table>"
    }

    private static func look(of ending: TryState) -> HTML {
        switch ending {
        case .good: "good"
        case .failed, .stuck: "bad"
        case .undone, .open: "warn"
        }
    }

    /// What the step was going to do, beside what it did.
    private var plannedAndDone: HTML {
        let parts = [planned, done].filter { !$0.markup.isEmpty }
        return parts.isEmpty ? "" : "<div class=\"pair\">\(HTML.join(parts))</div>"
    }

    private var planned: HTML {
        guard !story.changes.isEmpty else { return "" }
        // The one change is listed below.
        let verbs: [Change.Verb] =
            story.changes.count == 1 ? [] : [.add, .replace, .remove, .copy, .keep, .point, .run]
        var rows: [(String, String)] = verbs.compactMap {
            guard let total = story.changes.totals[$0] else { return nil }
            let bytes = total.bytes > 0 ? ", \(ByteCount(total.bytes).text)" : ""
            return ("to \($0.rawValue)", CountText.text(total.count) + bytes)
        }
        rows += story.changes.notes.map { ("", $0) }
        let summary: HTML = story.changes.summary.map { "<p>\(SanitizedText.clean($0))</p>" } ?? ""
        guard !rows.isEmpty || !summary.markup.isEmpty else { return "" }
        return "<section><h3>Planned</h3>\(summary)\(Self.pairs(rows))</section>"
    }

    private var done: HTML {
        let values = (story.report?.outputs ?? [:]).filter { $0.value != .null }.sorted { $0.key < $1.key }
        let summary: HTML = story.report?.summary.map { "<p>\($0)</p>" } ?? ""
        guard !values.isEmpty || !summary.markup.isEmpty else { return "" }
        let rows = values.map { ($0.key, Self.shortened($0.value.asText)) }
        return "<section><h3>Done</h3>\(summary)\(Self.pairs(rows))</section>"
    }

    private static func pairs(_ rows: [(String, String)]) -> HTML {
        if rows.isEmpty { return "" }
        let rows = HTML.join(rows.map { "<tr><th>\($0.0)</th><td>\($0.1)</td></tr>" as HTML })
        return "<table class=\"pairs\">\(rows)</table>"
    }

    private var skipped: HTML { story.skipReason.map { "<p class=\"quiet\">Skipped: \($0).</p>" } ?? "" }

    private static let mostChanges = 500

    private var changes: HTML {
        guard !story.changes.isEmpty else { return "" }
        let shown = story.changes.first.prefix(Self.mostChanges)
        let rows = HTML.join(
            shown.map { change in
                let size = [change.oldBytes, change.bytes].compactMap { $0.map { ByteCount($0).text } }
                    .joined(separator: " -> ")
                return """
                    <tr><td class="verb \(Self.look(of: change.verb))">\(change.verb.rawValue)</td>\
                    <td>\(change.subject) <span class="quiet">\(change.detail)</span></td>\
                    <td class="size">\(size)</td></tr>
                    """ as HTML
            })
        let rest = story.changes.count - shown.count
        let more: HTML = rest > 0 ? "<p class=\"quiet\">and \(CountText.text(rest)) more</p>" : ""
        return "<h3>Changes</h3><table class=\"changes\">\(rows)</table>\(more)"
    }

    static func describe(_ error: ErrorRecord) -> HTML {
        let help: HTML = error.help.map { "<p class=\"help\"><strong>help:</strong> \(HTML.sentence($0))</p>" } ?? ""
        let code: HTML = error.code.isEmpty ? "" : " <code class=\"quiet\">\(error.code)</code>"
        return "<p class=\"message\">\(HTML.sentence(shortened(error.message)))\(code)</p>\(help)"
    }

    private static func look(of verb: Change.Verb) -> HTML {
        switch verb {
        case .add, .copy: "good"
        case .replace, .point, .run: "warn"
        case .remove: "bad"
        case .keep: "none"
        }
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 4_000 ? text : String(text.prefix(4_000)) + "…"
    }
}
