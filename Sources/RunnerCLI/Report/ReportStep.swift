internal import PipelineKit

/// One step in a report: open if it went wrong, else only its heading.
struct ReportStep {
    let story: RunReport.StepStory

    var html: HTML {
        let (word, look) = verdict
        var facts: [String] = []
        if let report = story.report, report.outcome != .skipped {
            facts.append(report.duration.text)
            if report.attempts > 1 { facts.append("\(report.attempts) attempts") }
        }
        if story.changes.count > 0 {
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
        let parts = [errors, skipped, outputs, changes].filter { !$0.markup.isEmpty }
        return parts.isEmpty ? "<p class=\"quiet\">Nothing more is known of it.</p>" : HTML.join(parts)
    }

    private var errors: HTML {
        HTML.join(story.errors.map { "<div class=\"box bad\"><h3>\($0.label)</h3>\(Self.describe($0.error))</div>" })
    }

    private var skipped: HTML { story.skipReason.map { "<p class=\"quiet\">Skipped: \($0).</p>" } ?? "" }

    private var outputs: HTML {
        let values = (story.report?.outputs ?? [:]).filter { $0.value != .null }.sorted { $0.key < $1.key }
        guard !values.isEmpty else { return "" }
        let rows = HTML.join(
            values.map { "<tr><th>\($0.key)</th><td>\(Self.shortened($0.value.asText))</td></tr>" as HTML })
        return "<h3>Outputs</h3><table class=\"pairs\">\(rows)</table>"
    }

    private static let mostChanges = 500

    private var changes: HTML {
        guard !story.changes.isEmpty else { return "" }
        let shown = story.changes.first.prefix(Self.mostChanges)
        let rows = HTML.join(
            shown.map { change in
                let size = change.bytes.map { ByteCount($0).text } ?? ""
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
        let help: HTML = error.help.map { "<p class=\"help\"><strong>help:</strong> \($0)</p>" } ?? ""
        let code: HTML = error.code.isEmpty ? "" : " <code class=\"quiet\">\(error.code)</code>"
        return "<p class=\"message\">\(shortened(error.message))\(code)</p>\(help)"
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
