import FoundationEssentials
@testable import PipelineKit
@testable import RunnerCLI
import Testing

/// The past, as `runs` and `show` tell it.
@Suite struct RunsTableTests {
    static let now = Date(timeIntervalSince1970: 1_767_225_600)

    static func history(_ entries: [(String, JournalEntry)]) -> RunHistory {
        RunHistory(
            entries.enumerated().map { JournalRecord(sequence: $0 + 1, time: "2025-12-31T\($1.0)Z", entry: $1.1) })
    }

    static func started(_ pipeline: String = "deploy", who: String? = "ann@build-1", ci: CIJob? = nil) -> JournalEntry {
        .started(
            RunStarted(
                runID: "run-1", pipeline: pipeline, file: "/p/\(pipeline).yml", digest: "0", project: "/p",
                inputs: ["url": "https://example.com/"], secrets: ["token"], runnerVersion: "1.2.3", who: who, ci: ci))
    }

    private static func finished(
        _ step: String, _ outputs: [String: Value] = [:], summary: String? = nil
    ) -> JournalEntry {
        .finished(
            StepFinished(
                step: step, outcome: .success, outputs: outputs, attempts: 1, milliseconds: 120, summary: summary))
    }

    private static let error = ErrorRecord(
        code: "check-failed", message: "https://example.com/ answered with 500", help: "look into the server's log")

    static let succeeded = RunFacts(
        id: "20251231-235900-001-5fce", state: .succeeded,
        history: history([
            (
                "23:59:00.000",
                started(who: "ann", ci: CIJob(name: "GitHub Actions", url: "https://github.com/a/b/actions/runs/7"))
            ),
            (
                "23:59:01.000",
                finished("tag", ["version": "v1.4.0", "commit": "55b0485cc17c"], summary: "v1.4.0 at 55b0485cc17c")
            ),
            ("23:59:12.300", .ended(RunEnded(outcome: .success, exitCode: 0))),
        ]), folder: "/p/.runner/runs/20251231-235900-001-5fce", report: "/p/report.html",
        live: ["/srv/www/site/current"])

    static let rolledBack = RunFacts(
        id: "20251231-205800-001-77aa", state: .rolledBack,
        history: history([
            ("20:58:00.000", started()), ("20:58:01.000", finished("tag", ["version": "v1.3.0"])),
            (
                "20:59:30.000",
                .failed(
                    RunFailed(cause: .failure, step: "smoke", error: error, attempts: 3, milliseconds: 61_500))
            ),
            ("20:59:31.000", .ended(RunEnded(outcome: .failure, exitCode: 1))),
        ]), folder: "/p/.runner/runs/20251231-205800-001-77aa")

    /// Of an older runner, which noted neither who it was nor how often a step was tried.
    static let old = RunFacts(
        id: "20251224-120000-001-0abc", state: .failed,
        history: RunHistory([
            JournalRecord(sequence: 1, time: "2025-12-24T12:00:00.000Z", entry: started("blog", who: nil)),
            JournalRecord(
                sequence: 2, time: "2025-12-24T12:00:01.000Z",
                entry: .failed(RunFailed(cause: .failure, step: "list", error: error))),
            JournalRecord(
                sequence: 3, time: "2025-12-24T12:00:01.000Z", entry: .ended(RunEnded(outcome: .failure, exitCode: 1))),
        ]), folder: "/p/.runner/runs/20251224-120000-001-0abc")

    /// A run's time is its own: not the hours until somebody takes it back, nor those until its missing steps are done.
    @Test(
        arguments: [
            (.failed(RunFailed(cause: .requested)), "taken back  2025-12-31T23:30:00.000Z, 30 min ago, in 2s"),
            (
                .rolledBack(StepRolledBack(step: "tag", milliseconds: 1)),
                "continued  2025-12-31T23:30:00.000Z, 30 min ago, in 2s"
            ),
        ] as [(JournalEntry, String)])
    func whatCameLaterIsToldApart(_ entry: JournalEntry, _ row: String) {
        let own: [(String, JournalEntry)] = [
            ("20:58:00.000", Self.started()), ("20:58:00.100", Self.finished("tag", ["version": "v1.3.0"])),
            ("20:58:00.143", .ended(RunEnded(outcome: .success, exitCode: 0))),
        ]
        let back: [(String, JournalEntry)] = [
            ("23:30:00.000", entry),
            ("23:30:02.000", .ended(RunEnded(outcome: .rolledBack, exitCode: 0))),
        ]
        for count in 0...back.count {
            let facts = RunFacts(
                id: "run-1", state: .rolledBack, history: Self.history(own + back.prefix(count)), folder: "/p")
            #expect(facts.took == .milliseconds(143))
            #expect(facts.laterParts.count == (count == 0 ? 0 : 1))
            let page = RunPage(facts: facts, now: Self.now).lines
            #expect(page.contains { $0.hasPrefix("took ") && $0.hasSuffix(" 143ms") }, "\(page)")
            #expect(page.contains { $0.hasPrefix("last record ") } == (count == 1))
            #expect(page.contains(row) == (count == 2), "\(page)")
        }
    }

    @Test func aRunWithoutAnEndHasNoTime() {
        let facts = RunFacts(
            id: "run-1", state: .interrupted, history: Self.history([("20:58:00.000", Self.started())]), folder: "/p")
        #expect(facts.took == nil && facts.laterParts.isEmpty)
    }

    private func table(_ runs: [RunFacts], width: Int) -> String {
        RunsTable(runs: runs, now: Self.now, width: width).lines.joined(separator: "\n")
    }

    @Test func theTableFitsTheWindow() {
        let runs = [Self.succeeded, Self.rolledBack, Self.old]
        let wide = """
            RUN                       STATE        AGE        TOOK   PIPELINE  VERSION        WHO
            20251231-235900-001-5fce  succeeded    1 min ago  12.3s  deploy    v1.4.0 (live)  ann
            20251231-205800-001-77aa  rolled back  3 h ago    1m31s  deploy    v1.3.0         ann@build-1  smoke: https://example.com/ answered with 500
            20251224-120000-001-0abc  failed       7 d ago    1s     blog                                  list: https://example.com/ answered with 500
            """
        #expect(table(runs, width: 1_000) == wide)
        #expect(
            table(runs, width: 120) == """
                RUN                       STATE        AGE        TOOK   PIPELINE  VERSION        WHO
                20251231-235900-001-5fce  succeeded    1 min ago  12.3s  deploy    v1.4.0 (live)  ann
                20251231-205800-001-77aa  rolled back  3 h ago    1m31s  deploy    v1.3.0         ann@build-1  smoke: https://example.c…
                20251224-120000-001-0abc  failed       7 d ago    1s     blog                                  list: https://example.co…
                """)
        #expect(
            table(runs, width: 80) == """
                RUN                       STATE        AGE        TOOK   PIPELINE  VERSION
                20251231-235900-001-5fce  succeeded    1 min ago  12.3s  deploy    v1.4.0 (live)
                20251231-205800-001-77aa  rolled back  3 h ago    1m31s  deploy    v1.3.0
                    smoke: https://example.com/ answered with 500
                20251224-120000-001-0abc  failed       7 d ago    1s     blog
                    list: https://example.com/ answered with 500
                """)
        #expect(
            table(runs, width: 60) == """
                RUN                       STATE        VERSION
                20251231-235900-001-5fce  succeeded    v1.4.0 (live)
                20251231-205800-001-77aa  rolled back  v1.3.0
                    smoke: https://example.com/ answered with 500
                20251224-120000-001-0abc  failed
                    list: https://example.com/ answered with 500
                """)
    }

    /// Each site has its own.
    @Test func severalSitesAreNamed() {
        var shop = Self.succeeded
        shop.live = ["/srv/www/shop/current"]
        var blog = Self.rolledBack
        blog.live = ["/srv/www/blog/current"]
        let lines = RunsTable(runs: [shop, blog], now: Self.now, width: 200).lines
        #expect(
            lines[1].hasSuffix("live at /srv/www/shop/current") && lines[2].hasSuffix("live at /srv/www/blog/current"))
    }

    @Test func aRunOnAPageOfText() {
        var facts = Self.succeeded
        facts.next = RunClosing.Next(purpose: "to take it back", command: "runner rollback")
        #expect(
            RunPage(facts: facts, now: Self.now).lines.joined(separator: "\n") == """
                run       20251231-235900-001-5fce
                state     succeeded
                live      visitors of /srv/www/site/current have it
                pipeline  deploy  /p/deploy.yml
                version   v1.4.0
                commit    55b0485cc17c
                who       ann
                ci        GitHub Actions  https://github.com/a/b/actions/runs/7
                began     2025-12-31T23:59:00.000Z, 1 min ago
                took      12.3s
                runner    1.2.3
                inputs    url=https://example.com/
                secrets   token
                folder    /p/.runner/runs/20251231-235900-001-5fce
                report    /p/report.html

                STEP  OUTCOME  TIME   TRIES
                tag   done     120ms  1      v1.4.0 at 55b0485cc17c
                    commit   55b0485cc17c
                    version  v1.4.0

                to take it back: runner rollback
                """)
    }

    /// What may be copied, such as a path or the next command, stays on one line.
    @Test(arguments: [60, 80, 120]) func thePageFitsTheWindow(width: Int) {
        let job = CIJob(
            name: "GitHub Actions", url: "https://github.com/example/site/actions/runs/1234567890/job/9876543210")
        let stuck = ErrorRecord(
            code: "changed-meanwhile",
            message:
                "the origin `site` of the distribution E2QWRUHAPOMQZL is at v1.2.9 and not at v1.4.0, so somebody else has "
                + "changed it and it stays", help: nil)
        let entries: [(String, JournalEntry)] = [
            ("20:58:00.000", Self.started(ci: job)),
            ("20:58:01.000", Self.finished("tag", ["version": "v1.4.0"], summary: "v1.4.0 at 55b0485cc17c")),
            (
                "20:59:30.000",
                Self.finished(
                    "upload",
                    [
                        "manifest": "s3://my-bucket/a/rather/long/prefix/site/.runner/manifests/v1.4.0.jsonl",
                        "files": 317,
                    ],
                    summary: "v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied")
            ),
            (
                "20:59:40.000",
                .failed(
                    RunFailed(
                        cause: .failure, step: "smoke",
                        error: ErrorRecord(
                            code: "smoke-failed", message: "https://www.example.com/ has no `</html>` (200, 31 KiB)",
                            help: nil), attempts: 3, milliseconds: 61_500))
            ),
            ("20:59:50.000", .rollbackFailed(StepRollbackFailed(step: "switch", error: stuck))),
            ("20:59:51.000", .ended(RunEnded(outcome: .failure, exitCode: 3))),
        ]
        var facts = RunFacts(
            id: "20251231-205800-001-77aa", state: .stuck, history: Self.history(entries),
            folder: "/srv/builds/site/.runner/runs/20251231-205800-001-77aa")
        facts.next = RunClosing.Next(
            purpose: "to finish the rollback", command: "runner rollback 20251231-205800-001-77aa")
        let page = RunPage(facts: facts, now: Self.now, width: width).lines.joined(separator: "\n")
        #expect(page == Self.pages[width])
    }

    private static let pages = [
        60: #"""
        run       20251231-205800-001-77aa
        state     not restored
        pipeline  deploy  /p/deploy.yml
        version   v1.4.0
        who       ann@build-1
        ci        GitHub Actions
                  https://github.com/example/site/actions/runs/1234567890/job/9876543210
        began     2025-12-31T20:58:00.000Z, 3 h ago
        took      1m51s
        runner    1.2.3
        inputs    url=https://example.com/
        secrets   token
        folder    /srv/builds/site/.runner/runs/20251231-205800-001-77aa

        STEP    OUTCOME  TIME    TRIES
        tag     done     120ms   1      v1.4.0 at 55b0485cc17c
            version  v1.4.0
        upload  done     120ms   1      v1.4.0, 317 files: 107 sent
                                        (8.1 MiB), 210 copied
            files     317
            manifest  s3://my-bucket/a/rather/long/prefix/site/.runner/manifests/v1.4.0.jsonl
        smoke   failed   1m1.5s  3      https://www.example.com/ has
                                        no `</html>` (200, 31 KiB)
        switch  begun

        step `smoke` failed
        the rollback of `switch` failed: the origin `site` of the
            distribution E2QWRUHAPOMQZL is at v1.2.9 and not at
            v1.4.0, so somebody else has changed it and it stays

        to finish the rollback: runner rollback 20251231-205800-001-77aa
        """#,
        80: #"""
        run       20251231-205800-001-77aa
        state     not restored
        pipeline  deploy  /p/deploy.yml
        version   v1.4.0
        who       ann@build-1
        ci        GitHub Actions
                  https://github.com/example/site/actions/runs/1234567890/job/9876543210
        began     2025-12-31T20:58:00.000Z, 3 h ago
        took      1m51s
        runner    1.2.3
        inputs    url=https://example.com/
        secrets   token
        folder    /srv/builds/site/.runner/runs/20251231-205800-001-77aa

        STEP    OUTCOME  TIME    TRIES
        tag     done     120ms   1      v1.4.0 at 55b0485cc17c
            version  v1.4.0
        upload  done     120ms   1      v1.4.0, 317 files: 107 sent (8.1 MiB), 210
                                        copied
            files     317
            manifest  s3://my-bucket/a/rather/long/prefix/site/.runner/manifests/v1.4.0.jsonl
        smoke   failed   1m1.5s  3      https://www.example.com/ has no `</html>` (200,
                                        31 KiB)
        switch  begun

        step `smoke` failed
        the rollback of `switch` failed: the origin `site` of the distribution
            E2QWRUHAPOMQZL is at v1.2.9 and not at v1.4.0, so somebody else has changed
            it and it stays

        to finish the rollback: runner rollback 20251231-205800-001-77aa
        """#,
        120: #"""
        run       20251231-205800-001-77aa
        state     not restored
        pipeline  deploy  /p/deploy.yml
        version   v1.4.0
        who       ann@build-1
        ci        GitHub Actions  https://github.com/example/site/actions/runs/1234567890/job/9876543210
        began     2025-12-31T20:58:00.000Z, 3 h ago
        took      1m51s
        runner    1.2.3
        inputs    url=https://example.com/
        secrets   token
        folder    /srv/builds/site/.runner/runs/20251231-205800-001-77aa

        STEP    OUTCOME  TIME    TRIES
        tag     done     120ms   1      v1.4.0 at 55b0485cc17c
            version  v1.4.0
        upload  done     120ms   1      v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied
            files     317
            manifest  s3://my-bucket/a/rather/long/prefix/site/.runner/manifests/v1.4.0.jsonl
        smoke   failed   1m1.5s  3      https://www.example.com/ has no `</html>` (200, 31 KiB)
        switch  begun

        step `smoke` failed
        the rollback of `switch` failed: the origin `site` of the distribution E2QWRUHAPOMQZL is at v1.2.9 and not at v1.4.0, so
            somebody else has changed it and it stays

        to finish the rollback: runner rollback 20251231-205800-001-77aa
        """#,
    ]

    /// The step that failed has its time and its tries, and the error is told once.
    @Test func aFailedStepHasItsTimeAndTries() {
        let lines = RunPage(facts: Self.rolledBack, now: Self.now).lines
        #expect(lines.contains("smoke  failed   1m1.5s  3      https://example.com/ answered with 500"), "\(lines)")
        #expect(lines.suffix(2) == ["", "step `smoke` failed"])
        let old = RunPage(facts: Self.old, now: Self.now).lines
        #expect(old.contains("list  failed                https://example.com/ answered with 500"), "\(old)")
    }

    @Test(arguments: [
        (0.2, "0 s ago"), (-5.0, "0 s ago"), (12.0, "12 s ago"), (59.9, "59 s ago"), (60.0, "1 min ago"),
        (3_599.0, "59 min ago"),
        (3_600.0, "1 h ago"), (172_799.0, "47 h ago"), (172_800.0, "2 d ago"), (86_400 * 400.0, "400 d ago"),
    ])
    func agesAreOneNumber(seconds: Double, text: String) {
        #expect(Age.text(of: Self.now - seconds, at: Self.now) == text)
    }
}
