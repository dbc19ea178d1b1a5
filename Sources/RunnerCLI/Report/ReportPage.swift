internal import FoundationEssentials
internal import Logging
internal import PipelineKit
internal import SystemPackage

/// A run's report as a page: one file that needs nothing else, no script and no network.
struct ReportPage {
    let report: RunReport

    init(_ report: RunReport) {
        self.report = report
    }

    /// Writes the page atomically: readers see the old one or the new one.
    func write(to path: FilePath) throws {
        let writer = try LineWriter(path)
        for piece in pieces { try writer.write(piece().markup) }
        // A crash may take the report: the journal is what counts.
        try writer.finish(durable: false)
    }

    /// In their order; made one at a time, because a run can have many steps.
    var pieces: [() -> HTML] {
        let report = report
        return [{ head }, { ReportHeader(report: report).html }, { ReportBars(report: report).html }]
            + [{ "<h2>Steps</h2>" }]
            + report.steps.map { story in
                {
                    ReportStep(
                        story: story, failure: report.result?.failure,
                        left: report.result?.left.first { $0.step == story.id }
                    ).html
                }
            }
            + [{ ReportLogTable(report: report).html }, { foot }]
    }

    private var head: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(report.pipeline): \(ReportHeader(report: report).verdict.text)</title>
        <style>\(ReportStyle.css)</style>
        </head>
        <body>
        <main>
        """
    }

    private var foot: HTML {
        """
        <footer>runner \(report.runner) · everything that was said is in <a href="run.log">run.log</a> beside this file</footer>
        </main>
        </body>
        </html>
        """
    }
}

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
                    <tr class="\(look)"><td>\(time)</td><td class="source">\(line.step ?? "")</td>\
                    <td>\(line.level >= .warning ? line.level.rawValue + ": " : "")\(line.text)</td></tr>
                    """ as HTML
            })
        let rest = report.log.count - lines.count
        let more: HTML = rest > 0 ? "<p class=\"quiet\">\(CountText.text(rest)) more lines are in run.log</p>" : ""
        return "<h2>Log</h2>\(more)<table class=\"log\">\(rows)</table>"
    }
}
