internal import PipelineKit
internal import SystemPackage

/// Writes the run's report, `report.html`, when the run has ended.
final class ReportOutput: RunOutput {
    private let recorder: ReportRecorder
    private let folder: FilePath
    private let console: Console
    private let archive: RunArchive
    private let reader: DeployReader
    private let pipeline: Pipeline
    private let project: FilePath
    private let live: LiveSitesAtEnd

    init(_ run: RunOutputContext) {
        recorder = ReportRecorder(
            RunReport(
                run.pipeline, run.run, runner: RunnerVersion.text, records: run.records, exit: run.purpose.exit(of:),
                commands: run.commands, host: LeaseOwner.hostName))
        pipeline = run.pipeline
        live = run.live
        project = run.run.project.folder
        archive = RunArchive(state: run.folder.state, commands: run.commands)
        reader = DeployReader(registry: run.context.registry, environment: run.context.environment)
        folder = run.folder.path
        console = run.output.console
    }

    func receive(_ event: TimedEvent) { recorder.receive(event) }

    /// The run's outcome does not depend on its report.
    func finish() async {
        do {
            var report = recorder.report
            report.earlierPage = try setAsideEarlierPage()
            look(for: &report)
            try ReportPage(report).write(to: folder.appending(RunReport.fileName))
        } catch {
            let reason = SanitizedText.clean(ErrorRecord(error).message)
            console.note("\(console.style.yellow("warning:")) the report could not be written: \(reason)")
        }
    }

    /// Adds what the journal tells of the run: its file is whole by now, and has no secrets.
    private func look(for report: inout RunReport) {
        guard let entry = try? archive.entry(report.runID) else { return }
        report.facts = RunFacts(entry)
        report.place = report.result?.failure?.step.flatMap { pipeline.place(of: $0, from: project) }
        let closing = RunClosing(
            of: entry, pipeline, reader, report.commands, live: live.value,
            isAlone: archive.hasOnly(runsOf: entry.history.started?.file))
        (report.visitors, report.next) = (closing.visitors, closing.next)
    }

    /// Gives the page of an earlier process another name, `report-1.html` or the next that is free.
    ///
    /// - Returns: the name; nil if there is no page.
    private func setAsideEarlierPage() throws -> String? {
        let names = Set(try DurableFile.entries(of: folder))
        let page = folder.appending(RunReport.fileName)
        guard names.contains(RunReport.fileName), try !FileStatus.isFolder(page) else { return nil }
        let name = (1...).lazy.map { "report-\($0).html" }.first { !names.contains($0) } ?? RunReport.fileName
        try DurableFile.rename(page, to: folder.appending(name))
        return name
    }
}
