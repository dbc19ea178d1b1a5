internal import FoundationEssentials
internal import PipelineKit
internal import SystemPackage

/// A run's report as a page: one file that needs nothing else, no script and no network.
struct ReportPage {
    let report: RunReport

    init(_ report: RunReport) {
        self.report = report
    }

    /// Readers see the old page or the new one, whole.
    func write(to path: FilePath) throws {
        let writer = try LineWriter(path)
        for piece in pieces { try writer.write(piece().markup) }
        // A report that a crash takes is no loss: the journal is what counts.
        try writer.finish(durable: false)
    }

    /// In their order; made one at a time, because a run can have many steps.
    var pieces: [() -> HTML] {
        let report = report
        return [{ head }, { ReportHeader(report: report).html }, { ReportBars(report: report).html }]
            + [{ "<h2>Steps</h2>" }] + report.steps.map { story in { ReportStep(story: story).html } }
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
