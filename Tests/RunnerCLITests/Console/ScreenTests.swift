import FoundationEssentials
import Logging
@testable import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// Whole runs as they look in windows of three widths and off a terminal; `Screens.swift` shows them.
@Suite struct ScreenTests {
    @Test(arguments: Story.all.map(\.name), [60, 80, 120, nil])
    func looksAs(name: String, width: Int?) throws {
        let story = try #require(Story.all.first { $0.name == name })
        let key = "\(name), \(width.map { "\($0) columns" } ?? "off a terminal")"
        let lines = story.lines(width: width)
        #expect(lines.joined(separator: "\n") == Screens.all[key], "\(key)")
        if let width {
            // Below the rows, what may be copied is not broken.
            for line in lines.prefix(while: { !$0.isEmpty && !$0.hasPrefix("  waiting") }) where line.hasPrefix("  ") {
                #expect(line.columns <= width, "\(line)")
            }
        }
    }

    /// Only what goes wrong, and what visitors have then.
    @Test func quiet() throws {
        let failure = try #require(Story.all.first { $0.name == "failure" })
        #expect(
            failure.lines(width: nil, .quiet) == [
                "           warning: tag: the work tree has changes that are not in the tagged commit",
                "           warning: sync: the folder has 2 links that lead nowhere",
                "error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31 KiB)",
                "   --> pipelines/deploy.yml:1:1",
                "  help: to reproduce:", "    curl -sSi --max-time 10 https://www.example.com/",
                "the run failed after 52.1s; everything that it had changed is restored",
                "visitors have v1.3.0, as before",
            ])
        let success = try #require(Story.all.first { $0.name == "success" })
        #expect(
            success.lines(width: nil, .quiet) == [
                "           warning: tag: the work tree has changes that are not in the tagged commit",
                "           warning: sync: the folder has 2 links that lead nowhere",
            ])
    }
}

/// The events of a run, and what its journal says at the end.
struct Story: Sendable {
    var name: String
    var events: [RunEvent]
    var closing: RunClosing?

    func lines(width: Int?, _ verbosity: Verbosity = .normal) -> [String] {
        let steps = ["tag", "build", "sync", "switch", "purge"].map { PipelineStep.scripted($0) }
        let pipeline = Pipeline(
            name: "deploy", path: "/p/pipelines/deploy.yml",
            steps: steps + [.scripted("smoke"), .scripted("notify") { $0.continueOnError = true }])
        let lines = EventLines(
            style: TextStyle(isColoured: false), verbosity: verbosity, pipeline: pipeline, folder: "/p",
            reportPath: "/p/.runner/runs/\(Self.run)/report.html", closing: { [closing] in closing })
        var (log, status) = (StepLog(), RunStatus())
        let masker = SecretMasker([])
        return events.flatMap { event in
            let event = masker.mask(event)
            status.apply(event, at: .now)
            return lines.lines(
                for: event, log.receive(event, verbosity), width: width, rollbackWarned: status.rollbackWarned)
        }
    }

    static let run = "20260131-143349-622-5fce"
}

extension Story {
    static let all = [
        success, failure, stuck, unfinished, alreadyLive, tolerated, warnings, interrupted, waiting,
    ]

    private static let heading = RunEvent.runStarted(
        RunHeading(
            runID: run, pipeline: "deploy", file: "/p/pipelines/deploy.yml", folder: "/p/.runner/runs/\(run)",
            steps: [],
            isResumed: false))

    private static func done(
        _ id: String, _ sentence: String, _ milliseconds: Int, _ outcome: StepOutcome = .success,
        logs: [(Logger.Level, String)] = []
    ) -> [RunEvent] {
        [.stepStarted(id: id, kind: "scripted")] + logs.map { .log(id: id, $0.0, $0.1) } + [
            .stepFinished(
                StepReport(
                    id: id, kind: "scripted", outcome: outcome, duration: .milliseconds(milliseconds), summary: sentence
                ))
        ]
    }

    private static func failed(
        _ id: String, _ error: String, attempts: Int = 1, _ outcome: StepOutcome = .failure
    ) -> RunEvent {
        .stepFinished(
            StepReport(
                id: id, kind: "scripted", outcome: outcome, attempts: attempts, duration: .milliseconds(1_500),
                error: error))
    }

    private static let forward =
        [heading, .phaseStarted(.steps)]
        + done(
            "tag", "v1.4.0 at 55b0485cc17c", 119,
            logs: [(.warning, "the work tree has changes that are not in the tagged commit")])
        + done("build", "pages=317", 6_200, logs: [(.info, "building"), (.info, "317 pages")])
        + done(
            "sync", "v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied", 46_500,
            logs: [(.warning, "the folder has 2 links that lead nowhere")])
        + done("switch", "v1.3.0 -> v1.4.0, on every edge", 3_700)

    private static func ended(
        _ outcome: RunOutcome, _ failure: RunFailed? = nil, left: [UnrestoredChange] = [],
        unfinished: [StepUnfinished] = [], isRestored: Bool = false
    ) -> RunEvent {
        .runEnded(
            RunResult(
                runID: run, outcome: outcome,
                steps: [StepReport(id: "switch", kind: "scripted", outcome: .success, rolledBack: isRestored)],
                failure: failure, finallyErrors: [], left: left, unfinished: unfinished,
                duration: .milliseconds(52_100)))
    }

    private static let site = Deploy.Site(
        store: "s3://my-bucket/site", pointer: "E2QWRUHAPOMQZL", name: "distribution E2QWRUHAPOMQZL",
        address: "https://www.example.com/")
    private static func visitors(_ change: Visitors.Change) -> [Visitors] {
        [Visitors(site: site, change: change, isBack: false)]
    }
    private static let live = visitors(.changed(from: .release("v1.3.0"), to: .release("v1.4.0")))
    private static let asBefore = RunClosing(visitors: visitors(.same(.release("v1.3.0"))), next: nil)

    private static let smokeError = ErrorRecord(
        code: "smoke-failed", message: "https://www.example.com/ has no `</html>` (200, 31 KiB)",
        help: "to reproduce:\ncurl -sSi --max-time 10 https://www.example.com/")
    private static let smokeFailed = RunFailed(cause: .failure, step: "smoke", error: smokeError)
    private static let smoke: [RunEvent] = [
        .stepStarted(id: "smoke", kind: "scripted"),
        .log(id: "smoke", .info, "ok  tag  this is not a row of the runner"),
        .attemptFailed(
            id: "smoke", Attempt(part: .run, number: 1, of: 3), error: smokeError, retryIn: .milliseconds(250)),
        .attemptFailed(
            id: "smoke", Attempt(part: .run, number: 2, of: 3), error: smokeError, retryIn: .milliseconds(500)),
        failed("smoke", smokeError.message, attempts: 3), .runFailed(smokeFailed), .phaseStarted(.rollback),
    ]

    private static let success = Story(
        name: "success", events: forward + done("purge", "/*, dropped from every edge", 2_000) + [ended(.success)],
        closing: RunClosing(visitors: live, next: .init(purpose: "to take it back", command: "runner rollback")))

    private static let failure = Story(
        name: "failure",
        events: forward + smoke + [
            .rollbackStarted(id: "switch", kind: "scripted"),
            .rollbackFinished(
                id: "switch", .milliseconds(4_100), error: nil, isFinal: false,
                summary: "v1.4.0 -> v1.3.0, on every edge"),
            .rollbackStarted(id: "sync", kind: "scripted"),
            .rollbackFinished(
                id: "sync", .milliseconds(167), error: nil, isFinal: false, summary: "v1.4.0 deleted"),
            ended(.failure, smokeFailed, isRestored: true),
        ], closing: asBefore)

    private static let gone = "distribution E2QWRUHAPOMQZL cannot go back to v1.3.0: the release was deleted since"
    private static let stuck = Story(
        name: "exit 3",
        events: forward + smoke + [
            .rollbackStarted(id: "switch", kind: "scripted"), .log(id: "switch", .info, "looks"),
            .rollbackFinished(
                id: "switch", .milliseconds(900), error: ErrorRecord(code: "x", message: gone, help: nil),
                isFinal: false),
            ended(
                .failure, smokeFailed,
                left: [
                    UnrestoredChange(step: "switch", kind: "scripted", reason: "its rollback failed: \(gone)"),
                    UnrestoredChange(
                        step: "sync", kind: "scripted", reason: "the rollback of a later step did not finish"),
                ]),
        ],
        closing: RunClosing(
            visitors: visitors(.stuck(.release("v1.4.0"))),
            next: .init(purpose: "when the reason is gone", command: "runner rollback \(run)")))

    private static let slow = ErrorRecord(
        code: "timeout", message: "step `purge` took longer than its limit of 40m", help: nil)
    private static let unfinished = Story(
        name: "exit 4",
        events: forward + [
            .stepStarted(id: "purge", kind: "scripted"), failed("purge", slow.message, .unfinished),
            ended(
                .unfinished,
                unfinished: [
                    StepUnfinished(
                        step: "purge", error: slow, consequence: "edges may serve old copies until they expire",
                        attempts: 1, milliseconds: 1)
                ]),
        ],
        closing: RunClosing(
            visitors: live, next: .init(purpose: "to do what is missing", command: "runner resume \(run)")))

    private static let alreadyLive = Story(
        name: "already live",
        events: [heading] + done("tag", "v1.3.0 at 0123456789ab", 119)
            + done("sync", "v1.3.0, 317 files, all there already", 65, .already)
            + done("switch", "v1.3.0, as before, on every edge", 40, .already) + [ended(.success)],
        closing: asBefore)

    private static let tolerated = Story(
        name: "tolerated failure",
        events: forward + [
            .stepStarted(id: "notify", kind: "scripted"),
            .log(id: "notify", .info, "curl: (6) Could not resolve host: chat.example.com"),
            failed("notify", "`curl -fsS https://chat.example.com/hook` failed with exit status 6"),
            ended(.success),
        ], closing: RunClosing(visitors: live, next: .init(purpose: "to take it back", command: "runner rollback")))

    /// A background program of `build` writes while `sync` is at work.
    private static let warnings = Story(
        name: "warnings",
        events: [heading, .log(id: nil, .warning, "the journal could not be written: no space is left on the disk")]
            + done("build", "", 6_200, logs: [(.notice, "1 file stays as it is")])
            + [
                .stepStarted(id: "sync", kind: "scripted"), .log(id: "build", .info, "GET /"),
                .log(id: "build", .warning, "odd"), .log(id: "sync", .warning, "two\nlines"),
            ]
            + done("sync", "v1.4.0, 2 files: 2 sent (25 B)", 12).suffix(1) + [ended(.success)],
        closing: RunClosing(visitors: [], next: nil))

    private static let interrupted = Story(
        name: "interrupted",
        events: [heading] + done("tag", "v1.4.0 at 55b0485cc17c", 119) + [
            .stepStarted(id: "build", kind: "scripted")
        ] + (1...53).map { .log(id: "build", .info, "page \($0)") } + [
            failed("build", "`make site` was ended by signal 15", .cancelled),
            .runFailed(RunFailed(cause: .interrupted, step: "build")), .phaseStarted(.rollback),
            ended(.cancelled, RunFailed(cause: .interrupted, step: "build")),
        ], closing: RunClosing(visitors: visitors(.same(nil)), next: nil))

    private static let waiting = Story(
        name: "waiting",
        events: [
            heading,
            .leaseAwaited(
                Resource(url: "s3://my-bucket/site"),
                LeaseOwner(
                    runID: "20260131-143000-000-0001", pipeline: "deploy", host: "build", processID: 7, since: "then")),
            .runFailed(leaseHeld), ended(.failure, leaseHeld),
        ])
    private static let leaseHeld = RunFailed(
        cause: .leaseHeld, error: ErrorRecord(code: "lease-held", message: "another run has the store", help: "wait"))
}
