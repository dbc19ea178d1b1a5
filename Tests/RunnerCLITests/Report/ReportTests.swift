import FoundationEssentials
import Logging
@testable import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// A report from the events of a run, and from a journal.
@Suite struct ReportTests {
    private static let start = Date(timeIntervalSince1970: 1_767_225_600)

    private func recorder(_ records: [JournalRecord] = [], name: String = "deploy") -> ReportRecorder {
        let pipeline = Pipeline(
            name: name, path: "/p/deploy.yml", steps: [.scripted("upload"), .scripted("check")],
            finally: [.scripted("record")])
        let run = RunIdentity(
            id: "run-1", startedAt: Self.start, project: Project(folder: "/p"), folder: "/p/.runner/runs/run-1")
        return ReportRecorder(RunReport(pipeline, run, runner: "1.2.3", records: records, exit: { $0.exitCode }))
    }

    private func page(_ recorder: ReportRecorder) -> String {
        ReportPage(recorder.report).pieces.map { $0().markup }.joined(separator: "\n")
    }

    private func event(_ seconds: Double, _ event: RunEvent) -> TimedEvent {
        TimedEvent(date: Self.start + seconds, event: event)
    }

    private func failedRun(_ recorder: ReportRecorder) {
        let error = ErrorRecord(code: "no-answer", message: "no answer", help: "start the server")
        let upload = StepReport(
            id: "upload", kind: "scripted", outcome: .failure, attempts: 2, duration: .seconds(4),
            outputs: ["files": 3], error: "no answer", rolledBack: true)
        for (seconds, happened) in [
            (0.0, RunEvent.stepStarted(id: "upload", kind: "scripted")),
            (0.0, .stepPrepared(id: "upload", [Change(.add, "a.html", detail: "is new", bytes: 2_048)])),
            (
                1.0,
                .attemptFailed(id: "upload", Attempt(part: .run, number: 1, of: 2), error: error, retryIn: .seconds(1))
            ),
            (2.0, .log(id: "upload", .warning, "it is slow")),
            (4.0, .stepFinished(upload)),
            (4.0, .runFailed(RunFailed(cause: .failure, step: "upload", error: error))),
            (4.0, .rollbackStarted(id: "upload", kind: "scripted")),
            (8.0, .rollbackFinished(id: "upload", .seconds(4), error: nil, isFinal: false)),
            (8.0, .stepSkipped(id: "record", reason: "its condition is false")),
            (
                8.0,
                .runEnded(
                    RunResult(
                        runID: "run-1", outcome: .failure,
                        steps: [upload, StepReport(id: "record", kind: "scripted", outcome: .skipped)],
                        failure: RunFailed(cause: .failure, step: "upload", error: error), finallyErrors: [], left: [],
                        duration: .seconds(8)))
            ),
        ] {
            recorder.receive(event(seconds, happened))
        }
    }

    @Test func whatHappenedIsThere() {
        let recorder = recorder()
        failedRun(recorder)
        let page = page(recorder)
        for part in [
            "<title>deploy: rolled back</title>", "<p class=\"badge bad\">rolled back</p>",
            "<dt>exit status</dt><dd>1</dd>", "<dd>2026-01-01 00:00:08 UTC</dd>", "<dd>8s</dd>",
            "<section class=\"box bad\" id=\"failure\"><h2>step <code>upload</code> failed</h2><p class=\"message\">no answer",
            "<strong>help:</strong> start the server",
            "<b class=\"failed\" style=\"left:0.00%;width:12.50%\" title=\"run, attempt 1 of 2: failed, 1s\"></b>",
            "<b class=\"failed\" style=\"left:25.00%;width:25.00%\" title=\"attempt 2: failed, 2s\"></b>",
            "<b class=\"undone\" style=\"left:50.00%;width:50.00%\" title=\"rollback: undone, 4s\"></b>",
            "<details class=\"step\" id=\"step-upload\" open>", "failed, undone", "<th>files</th><td>3</td>",
            "<td class=\"verb good\">add</td><td>a.html <span class=\"quiet\">is new</span></td><td class=\"size\">2.0 KiB</td>",
            "<span class=\"badge none\">not reached</span> <strong>check</strong>", "Skipped: its condition is false.",
            "<td>warning: it is slow</td>", "runner 1.2.3",
            "<td>00:00:00</td><td class=\"size\">1s</td><td>run, attempt 1 of 2</td>",
            "<td>00:00:02</td><td class=\"size\">2s</td><td>attempt 2</td>",
            "<td>00:00:04</td><td class=\"size\">4s</td><td>rollback</td><td class=\"verb warn\">undone</td>",
            "<h3>Done</h3>",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        // Two attempts had the error that the top tells.
        #expect(page.components(separatedBy: "no answer").count == 2)
        #expect(page.components(separatedBy: "<a href=\"#failure\">the error above</a>").count == 3)
    }

    /// Who, what, where, and what to type: from the journal.
    @Test func theTopSaysWhoAndWhatIsNext() {
        var report = recorder().report
        report.facts = RunsTableTests.succeeded
        report.host = "build-<1>"
        report.place = "deploy.yml:7:5"
        report.visitors = [
            Visitors(
                site: Deploy.Site(store: "s", pointer: "p", name: "/srv/<site>"),
                change: .changed(from: .release("v1.3.0"), to: .release("v1.4.0")), isBack: false)
        ]
        report.next = RunClosing.Next(purpose: "to take it back", command: "runner rollback")
        let page = ReportPage(report).pieces.map { $0().markup }.joined(separator: "\n")
        for part in [
            "<p class=\"visitors\">v1.4.0 is live at /srv/&lt;site&gt; (before: v1.3.0)</p>",
            "<p class=\"next\">to take it back: <code class=\"command\">runner rollback</code></p>",
            "<dt>version</dt><dd>v1.4.0</dd>", "<dt>commit</dt><dd><code>55b0485cc17c</code></dd>",
            "<dt>who</dt><dd>ann</dd>", "<dt>host</dt><dd>build-&lt;1&gt;</dd>", "<dt>runner</dt><dd>1.2.3</dd>",
            "<a href=\"https://github.com/a/b/actions/runs/7\" rel=\"noreferrer\">GitHub Actions</a>",
            ".command { ", "user-select: all",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        // A journal that somebody wrote by hand.
        report.facts?.history = RunsTableTests.history([
            ("00:00:00.000", RunsTableTests.started(ci: CIJob(name: "CI", url: "javascript:alert(1)")))
        ])
        let other = ReportPage(report).pieces.map { $0().markup }.joined(separator: "\n")
        #expect(!other.contains("href=\"javascript") && other.contains("<dd>javascript:alert(1)</dd>"))
    }

    @Test func itNeedsNothingElse() {
        let recorder = recorder()
        failedRun(recorder)
        let page = page(recorder)
        #expect(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"))
        #expect(!page.contains("src=") && !page.contains("@import") && !page.contains("url("))
        #expect(page.contains("default-src 'none'"))
    }

    @Test func nothingInjects() {
        let evil = "<script>alert(1)</script><img src=x onerror='x' \">&"
        let recorder = recorder(name: evil)
        for event in SampleEvents.all(text: evil) { recorder.receive(SampleEvents.timed(event)) }
        let page = page(recorder)
        #expect(!page.contains("<script") && !page.contains("<img"))
        // In the title, the heading, a change, an error with its help, the log and the step's error.
        #expect(page.components(separatedBy: "&lt;script&gt;").count > 6)
    }

    @Test func changesAreCapped() {
        let recorder = recorder()
        let changes = ChangeList((0..<1_700).map { Change(.add, "file-\($0)-") })
        recorder.receive(event(0, .stepPrepared(id: "upload", changes)))
        let page = page(recorder)
        #expect(page.contains("file-499-") && !page.contains("file-500-"))
        #expect(page.contains("and 1,200 more") && page.contains("1,700 changes"))
    }

    @Test func theLogKeepsWarningsAndTheLastOfTheOthers() {
        var log = ReportLog()
        log.add(Self.start, "a", .error, "first")
        for number in 0..<1_000 { log.add(Self.start, "a", number == 500 ? .warning : .info, "\(number)") }
        log.add(Self.start, nil, .debug, String(repeating: "x", count: 5_000))
        #expect(log.count == 1_002)
        #expect(log.lines.count == 202)
        #expect(log.lines.prefix(3).map(\.text) == ["first", "500", "801"])
        #expect(log.lines.last?.text.count == 2_001)
    }

    @Test func whatIsLeftIsToldWithTheCommand() {
        func page(isFinal: Bool) -> String {
            let recorder = recorder()
            recorder.receive(
                event(
                    1,
                    .runEnded(
                        RunResult(
                            runID: "run-1", outcome: .rolledBack, steps: [], failure: RunFailed(cause: .requested),
                            finallyErrors: [],
                            left: [
                                UnrestoredChange(step: "upload", kind: "sync", reason: "it <is> so", isFinal: isFinal)
                            ],
                            duration: .seconds(1)))))
            return self.page(recorder)
        }
        #expect(page(isFinal: false).contains("<p class=\"badge bad\">not restored</p>"))
        #expect(page(isFinal: false).contains("<li><strong>upload</strong> (sync): it &lt;is&gt; so</li>"))
        #expect(page(isFinal: true).contains("undo by hand what matters"))
        #expect(page(isFinal: true).contains("<p class=\"badge bad\">not restored</p>"))
    }

    @Test func anEarlierProcessIsShownFromTheJournal() {
        func record(_ number: Int, _ time: String, _ entry: JournalEntry) -> JournalRecord {
            JournalRecord(sequence: number, time: "2026-01-01T\(time)Z", entry: entry)
        }
        let prepared = {
            JournalEntry.prepared(StepPrepared(step: $0, effect: .reversible, before: nil, attachment: nil))
        }
        let recorder = recorder([
            record(
                1, "00:00:00.000",
                .started(
                    RunStarted(
                        runID: "run-1", pipeline: "deploy", file: "/p/deploy.yml", digest: "0", project: "/p",
                        inputs: [:],
                        secrets: [], runnerVersion: "1"))),
            record(2, "00:00:01.000", prepared("upload")),
            record(
                3, "00:00:05.000",
                .finished(StepFinished(step: "upload", outcome: .success, attempts: 1, milliseconds: 4_500))),
            record(4, "00:00:06.000", prepared("check")),
        ])
        // It was killed, and the next day somebody went on with it.
        recorder.receive(event(86_400, .stepStarted(id: "check", kind: "scripted")))
        let check = StepReport(id: "check", kind: "scripted", outcome: .success, duration: .seconds(5))
        recorder.receive(event(86_405, .stepFinished(check)))
        let spans = recorder.report.steps.map { $0.spans.map(\.ending) }
        #expect(spans == [[.good], [.open, .good], []])
        let page = page(recorder)
        #expect(page.contains("an earlier process began this run"))
        #expect(page.contains("23h59m54s of nothing"))
        #expect(page.contains("title=\"earlier: done, 4.5s\""))
        #expect(page.contains("title=\"run: done, 5s\""))
    }
}
