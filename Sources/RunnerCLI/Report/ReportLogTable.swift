internal import Logging
internal import PipelineKit

/// The end of a report: warnings, errors, and the last of what else was logged.
struct ReportLogTable {
    let report: RunReport

    var html: HTML {
        let lines = report.log.lines
        guard !lines.isEmpty else { return "" }
        let rows = HTML.join(
            lines.map { line in
                let time = String(line.date.journalText.dropFirst(11).prefix(8))
                let look: HTML = line.level >= .error ? "bad" : line.level == .warning ? "warn" : "none"
                return """
                    <tr class="\(look)"><td>\(time)</td><td>\(line.step ?? "")</td>\
                    <td>\(line.level >= .warning ? line.level.rawValue + ": " : "")\(line.text)</td></tr>
                    """ as HTML
            })
        let rest = report.log.count - lines.count
        let more: HTML = rest > 0 ? "<p class=\"quiet\">\(Grouped.text(rest)) more lines are in run.log</p>" : ""
        return "<h2>Log</h2>\(more)<table class=\"log\">\(rows)</table>"
    }
}
