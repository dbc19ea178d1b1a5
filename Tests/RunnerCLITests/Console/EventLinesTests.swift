import Logging
@testable import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// Each event, and the lines that it becomes.
@Suite struct EventLinesTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var event: RunEvent
        var quiet: [String] = []
        var normal: [String]
        /// The verbose lines, if they differ from `normal`.
        var verbose: [String]?

        var testDescription: String { name }
    }

    private static let resource = Resource(url: "file:///srv/site")
    private static let owner = LeaseOwner(
        runID: "20260101-000000-000-0001", pipeline: "other", host: "build", processID: 7, since: "then")

    private static func heading(isResumed: Bool) -> RunHeading {
        RunHeading(
            runID: "run-1", pipeline: "deploy", file: "/p/deploy.yml", folder: "/p/.runner/runs/run-1", steps: [],
            isResumed: isResumed)
    }

    private static let beginnings = [
        Row(
            name: "begin", event: .runStarted(heading(isResumed: false)), normal: ["deploy  run run-1"],
            verbose: ["deploy  run run-1", "  /p/deploy.yml"]),
        Row(
            name: "resume", event: .runStarted(heading(isResumed: true)),
            normal: ["deploy  continues run run-1"],
            verbose: ["deploy  continues run run-1", "  /p/deploy.yml"]),
        Row(
            name: "lease", event: .leaseAwaited(resource, owner),
            quiet: [
                "  waiting for file:///srv/site, which run 20260101-000000-000-0001 (process 7 on build) is using"
            ],
            normal: [
                "  waiting for file:///srv/site, which run 20260101-000000-000-0001 (process 7 on build) is using"
            ]),
        Row(
            name: "lease of nobody known", event: .leaseAwaited(resource, nil),
            quiet: ["  waiting for file:///srv/site, which another run is using"],
            normal: ["  waiting for file:///srv/site, which another run is using"]),
        Row(name: "steps", event: .phaseStarted(.steps), normal: []),
        Row(name: "rollback", event: .phaseStarted(.rollback), normal: ["rolling back"]),
        Row(name: "finally", event: .phaseStarted(.finally), normal: ["finally"]),
        Row(name: "step", event: .stepStarted(id: "tag", kind: "scripted"), normal: []),
        Row(
            name: "progress", event: .progress(id: "tag", .init(done: 1, total: 2, unit: "files")), normal: []),
        Row(
            name: "changes",
            event: .stepPrepared(id: "upload", [Change(.add, "a\u{8}.html", detail: "new\u{7}")]), normal: [],
            verbose: ["  …        upload", "           add a.html new"]),
        Row(
            name: "skipped", event: .stepSkipped(id: "tag", reason: "its condition is false"),
            normal: ["  skipped  tag     its condition is false"]),
    ]

    private static let endings = [
        Row(
            name: "attempt",
            event: .attemptFailed(
                id: "tag", Attempt(part: .run, number: 1, of: 3),
                error: ErrorRecord(code: "x", message: "no\u{7}answer", help: "wait"), retryIn: .milliseconds(1_500)),
            normal: ["  again    tag     try 1 of 3: noanswer; next in 1.5s"]),
        Row(
            name: "ok",
            event: .stepFinished(
                StepReport(
                    id: "tag", kind: "scripted", outcome: .success, duration: .milliseconds(40),
                    outputs: ["b": "2", "a": 1, "long": .text(String(repeating: "x", count: 41)), "none": .null])),
            normal: ["  ok       tag     a=1 b=2  40ms"]),
        Row(
            name: "ok with a sentence",
            event: .stepFinished(
                StepReport(
                    id: "tag", kind: "scripted", outcome: .success, attempts: 3, duration: .milliseconds(40),
                    outputs: ["a": 1], summary: "v1 at 55b0485cc17c")),
            normal: ["  ok       tag     v1 at 55b0485cc17c  3 tries  40ms"],
            verbose: ["  ok       tag     v1 at 55b0485cc17c  3 tries  40ms", "           a=1"]),
        Row(
            name: "same",
            event: .stepFinished(
                StepReport(id: "upload", kind: "scripted", outcome: .already, duration: .seconds(75))),
            normal: ["  same     upload  1m15s"]),
        Row(
            name: "failed",
            event: .stepFinished(
                StepReport(
                    id: "upload", kind: "scripted", outcome: .failure, duration: .seconds(2), error: "it\u{8} broke")),
            normal: ["  FAILED   upload  2s"]),
        Row(
            name: "timeout",
            event: .stepFinished(
                StepReport(id: "tag", kind: "scripted", outcome: .timeout, duration: .zero, error: "too long")),
            normal: ["  FAILED   tag     0s"]),
        Row(
            name: "stopped",
            event: .stepFinished(
                StepReport(id: "tag", kind: "scripted", outcome: .cancelled, duration: .zero, error: "cancelled")),
            quiet: ["  STOPPED  tag     cancelled  0s"],
            normal: ["  STOPPED  tag     cancelled  0s"]),
        Row(name: "run failed", event: .runFailed(RunFailed(cause: .failure)), normal: []),
        Row(name: "undoing", event: .rollbackStarted(id: "tag", kind: "scripted"), normal: []),
        Row(
            name: "undone", event: .rollbackFinished(id: "tag", .milliseconds(7), error: nil, isFinal: false),
            normal: ["  undone   tag     7ms"]),
        Row(
            name: "undone with a sentence",
            event: .rollbackFinished(id: "tag", .milliseconds(7), error: nil, isFinal: false, summary: "v2 -> v1\u{7}"),
            normal: ["  undone   tag     v2 -> v1  7ms"]),
        Row(
            name: "stuck",
            event: .rollbackFinished(
                id: "tag", .zero, error: ErrorRecord(code: "x", message: "somebody\u{1B}[2J else", help: nil),
                isFinal: false),
            normal: ["  STUCK    tag     0s"]),
        Row(
            name: "left",
            event: .rollbackFinished(
                id: "tag", .zero, error: ErrorRecord(code: "x", message: "it is gone", help: nil), isFinal: true),
            normal: ["  LEFT     tag     0s"]),
        Row(
            name: "for later",
            event: .stepFinished(
                StepReport(id: "tag", kind: "scripted", outcome: .unfinished, duration: .zero, error: "no answer")),
            normal: ["  LATER    tag     0s"]),
    ]

    private static let logs = [
        Row(
            name: "debug", event: .log(id: "tag", .debug, "looks"), normal: [],
            verbose: ["  …        tag", "           | looks"]),
        Row(
            name: "info", event: .log(id: "tag", .info, "one\ntwo"),
            normal: [], verbose: ["  …        tag", "           | one", "           | two"]),
        Row(
            name: "warning", event: .log(id: nil, .warning, "odd\r"), quiet: ["           warning: odd"],
            normal: ["           warning: odd"]),
        Row(
            name: "error", event: .log(id: "tag", .error, "bad"), quiet: ["           error: tag: bad"],
            normal: [], verbose: ["  …        tag", "           error: bad"]),
    ]

    @Test(arguments: beginnings + endings + logs)
    func anEventBecomesLines(row: Row) {
        #expect(lines(row.event, .quiet) == row.quiet)
        #expect(lines(row.event, .normal) == row.normal)
        #expect(lines(row.event, .verbose) == row.verbose ?? row.normal)
    }

    @Test func colourIsOnlyAround() {
        let event = RunEvent.stepFinished(
            StepReport(id: "tag", kind: "scripted", outcome: .failure, duration: .seconds(2), error: "broke"))
        #expect(
            lines(event, .normal, isColoured: true) == [
                "  \u{1B}[31;1mFAILED\u{1B}[0m   tag     \u{1B}[2m2s\u{1B}[0m"
            ])
    }

    private func lines(_ event: RunEvent, _ verbosity: Verbosity, isColoured: Bool = false) -> [String] {
        let pipeline = Pipeline(
            name: "deploy", path: "/p/deploy.yml", steps: [.scripted("upload")],
            finally: [.scripted("tag")])
        let lines = EventLines(style: TextStyle(isColoured: isColoured), verbosity: verbosity, pipeline: pipeline)
        let masked = SecretMasker([]).mask(event)
        var log = StepLog()
        _ = log.receive(.stepStarted(id: "tag", kind: "scripted"), verbosity)
        return lines.lines(for: masked, log.receive(masked, verbosity))
    }
}
