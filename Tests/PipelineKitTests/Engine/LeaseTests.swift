import PipelineKit
import TestSupport
import Testing

/// Whoever changes a store holds its lease.
@Suite struct LeaseTests {
    private func step(_ id: String, _ url: String, run: [String] = []) -> PipelineStep {
        .scripted(id, run: run, resource: url)
    }

    private func only(_ lines: [String], _ words: String...) -> [String] {
        lines.filter { line in words.contains { line.hasPrefix($0) } }
    }

    @Test func takenBeforeTheFirstStepInOneOrderAndGivenBackAtTheEnd() async {
        let run = TestRun([step("a", "fake:2"), step("b", "fake:1"), step("c", "fake:2")])
        let trace = await run()
        #expect(
            only(trace.lines, "=", "lease", "release", "[", "end", "a.prepare") == [
                "= started", "lease fake:1", "lease fake:2", "[steps]", "a.prepare", "= prepared a",
                "= finished a success", "= prepared b", "= finished b success", "= prepared c", "= finished c success",
                "= ended success 0", "release fake:1", "release fake:2", "end success, exit 0",
            ])
    }

    /// Whoever finds the journal can tell whether the run still holds its leases.
    @Test func holdingIsInTheJournalBeforeTheFirstStep() async {
        var run = TestRun([step("a", "fake:1")])
        run.tellsHoldings = true
        let trace = await run()
        #expect(
            trace.lines.prefix(5) == [
                "begin", "= started", "lease fake:1", "= leased fake:1 nonce of run-1", "[steps]",
            ])
        #expect(RunHistory(trace.moments.map(\.record)).leases == ["fake:1": "nonce of run-1"])
    }

    /// Whoever has the run's folder knows that the process before is gone. Whoever has read the journal elsewhere does not.
    @Test(arguments: [false, true]) func anEarlierHoldingIsNamedOnlyUnderTheLockOfTheRunsFolder(_ isLocked: Bool) async
    {
        var run = TestRun([step("a", "fake:1"), .scripted("b", run: ["fail"])])
        run.tellsHoldings = true
        run.storage = MemoryStorage(isLocked: isLocked)
        let records = Array(await run().moments.map(\.record).prefix(3))
        let trace = await run(history: records)
        #expect(
            only(trace.lines, "lease") == ["lease fake:1" + (isLocked ? " after nonce of run-1" : "")])
    }

    /// What dead runs have left in a store is finished when nobody else can be at work there, and before anything else.
    @Test func deadRunsAreFinishedWithTheLeasesAndBeforeTheFirstStep() async {
        var run = TestRun([step("a", "fake:1"), .scripted("b")])
        run.settle = {}
        let trace = await run()
        #expect(
            trace.lines.prefix(6) == ["begin", "= started", "lease fake:1", "settle fake:1", "[steps]", "> a"],
            "\(trace.lines)")
        var other = TestRun([.scripted("b")])
        other.settle = {}
        #expect(await !other().lines.contains { $0.hasPrefix("settle") })
    }

    @Test func aRunThatMayNotBeginBeforeADeadOneIsFinishedChangesNothing() async {
        var run = TestRun([step("a", "fake:1")])
        run.settle = { throw StepError("unfinished-run", "a run did not end") }
        let trace = await run()
        #expect(!trace.lines.contains { $0.hasPrefix("a.") }, "\(trace.lines)")
        #expect(trace.result.failure?.error?.code == "unfinished-run" && trace.lines.contains("release fake:1"))
    }

    /// As with a step that cannot be asked: it asks again, with its own retries.
    @Test func aLeaseThatNobodyCanBeAskedForIsLeftToItsStep() async {
        var run = TestRun([.scripted("a"), step("b", "fake:1")])
        run.unreachable = ["fake:1": 2]
        let trace = await run()
        #expect(
            only(trace.lines, "no answer", "lease", "a.run", "b.prepare", "end") == [
                "no answer about fake:1", "a.run(nothing)", "no answer about fake:1", "lease fake:1", "b.prepare",
                "end success, exit 0",
            ])
    }

    @Test func aStepWithoutItsLeaseDoesNotRun() async {
        var run = TestRun([.scripted("a"), step("b", "fake:1")])
        run.unreachable = ["fake:1": .max]
        let trace = await run()
        #expect(only(trace.lines, "b.", "lease").isEmpty)
        #expect(trace.lines.count { $0 == "no answer about fake:1" } == 4)
        #expect(trace.result.failure?.error?.code == "no-answer" && trace.result.failure?.attempts == 3)
        #expect(trace.result.exitCode == .failed)
    }

    /// A process that takes a lease and can do nothing with it leaves an ended run ended.
    @Test func aLeaseAloneDoesNotReopenARun() async {
        var run = TestRun([step("a", "fake:1")])
        let records = await run().moments.map(\.record)
        run.tellsHoldings = true
        run.newer = ["fake:1"]
        let trace = await run(history: records, intent: .rollBack)
        #expect(only(trace.lines, "=", "a.") == ["= leased fake:1 nonce of run-1"])
        let history = RunHistory(records + trace.moments.map(\.record))
        #expect(history.ended?.outcome == .success && !history.isUnfinished && history.parts.count == 1)
    }

    @Test func alsoForFinallyAndForWhatStandsInForARollback() async {
        var run = TestRun([.scripted("a") { $0.rollback = .steps([step("r", "fake:1")], timeout: .seconds(60)) }])
        run.pipeline.finally = [step("d", "fake:2")]
        let trace = await run()
        #expect(only(trace.lines, "lease", "[") == ["lease fake:1", "lease fake:2", "[steps]", "[finally]"])
    }

    @Test func givenBackAfterAFailure() async {
        let trace = await TestRun([step("a", "fake:1", run: ["fail"])])()
        #expect(
            only(trace.lines, "lease", "release", "a.rollback") == [
                "lease fake:1", "a.rollback(nothing)", "release fake:1",
            ])
    }

    @Test func waitsAndSaysSoOnce() async {
        var run = TestRun([step("a", "fake:1")])
        run.held = ["fake:1": 2]
        let trace = await run()
        #expect(
            only(trace.lines, "waiting", "lease", "end") == [
                "waiting for fake:1, held by other", "lease fake:1", "end success, exit 0",
            ])
        #expect(trace.sleeps == [.seconds(2), .seconds(2)])
    }

    @Test func heldForTooLong() async {
        var run = TestRun([step("a", "fake:1")])
        run.held = ["fake:1": .max]
        let trace = await run()
        #expect(
            trace.lines == [
                "begin", "= started", "waiting for fake:1, held by other", "= failed leaseHeld", "failed: leaseHeld",
                "= ended failure 75", "end failure, exit 75",
            ])
        #expect(trace.sleeps == [.seconds(2), .seconds(2), .seconds(1)])
    }

    @Test func firstLeaseIsGivenBackWhereTheSecondIsHeld() async {
        var run = TestRun([step("a", "fake:1"), step("b", "fake:2")])
        run.held = ["fake:2": .max]
        let trace = await run()
        #expect(
            only(trace.lines, "lease", "release", "end") == [
                "lease fake:1", "release fake:1", "end failure, exit 75",
            ])
    }

    @Test func noneWhereTheFileOptsOut() async {
        var run = TestRun([step("a", "fake:1")])
        run.pipeline.concurrency = .none
        #expect(only(await run().lines, "lease", "release").isEmpty)
    }

    @Test func noProviderForTheScheme() async {
        let trace = await TestRun([step("a", "other:1")])()
        #expect(trace.result.failure?.error?.code == "no-lease-provider")
        #expect(trace.result.exitCode == .failed)
    }

    /// `b` changes a resource that an output of `a` names, so it is unknown before `a` has run.
    private func late(run: [String] = []) -> TestRun {
        let mark = SourceMark(line: 1, column: 1)
        let resource = Node(.deferred(expression: "${{ steps.a.outputs.value }}", type: .text), at: mark)
        let script = Node(.sequence(run.map { Node(.scalar($0, plain: false), at: mark) }), at: mark)
        var step = PipelineStep.scripted("b")
        step.options = Node(
            .mapping([
                Node.Field(key: "resource", keyMark: mark, value: resource),
                Node.Field(key: "run", keyMark: mark, value: script),
            ]), at: mark)
        return TestRun([.scripted("a", text: "fake:late"), step])
    }

    @Test func takenLateWhereTheResourceHangsOnAStep() async {
        let trace = await late()()
        #expect(
            only(trace.lines, "> b", "b.", "lease", "release") == [
                "> b", "lease fake:late", "b.prepare", "b.run(nothing)", "release fake:late",
            ])
    }

    @Test func heldLate() async {
        var run = late()
        run.held = ["fake:late": .max]
        let trace = await run()
        #expect(
            only(trace.lines, "b.", "a.rollback", "end") == ["a.rollback(nothing)", "end failure, exit 75"])
    }

    @Test func takenLateByAProcessThatOnlyGoesBack() async throws {
        let run = late(run: ["fail"])
        let records = await run().moments.map(\.record)
        let failed = try #require(records.firstIndex { $0.entry.text == "failed failure at b" })
        let trace = await run(history: Array(records[...failed]))
        #expect(
            only(trace.lines, "lease", "release", "b.", "a.") == [
                "lease fake:late", "b.rollback(nothing)", "a.rollback(nothing)", "release fake:late",
            ])
    }

    @Test(arguments: ["prepared a", "failed failure at a", "rolled-back a"])
    func resumedWithoutTheLeaseItStandsAside(_ last: String) async throws {
        var run = TestRun([step("a", "fake:1", run: ["fail"])], finally: [.scripted("d", effect: .observing)])
        let records = await run().moments.map(\.record)
        let index = try #require(records.firstIndex { $0.entry.text == last })
        run.held = ["fake:1": .max]
        let trace = await run(history: Array(records[...index]))
        #expect(
            trace.lines == [
                "resume", "waiting for fake:1, held by other", "failed: leaseHeld", "end failure, exit 75",
            ])
    }

    @Test func waitIsCancelled() async throws {
        var run = TestRun([step("a", "fake:1")])
        run.held = ["fake:1": .max]
        run.pipeline.concurrency = .lease(wait: .seconds(1_000_000))
        run.interruptsAtLease = true
        let trace = await run()
        #expect(trace.lines.suffix(1) == ["end cancelled, exit 130"])
    }

    // MARK: what only a newer runner may change

    @Test func aNewerFormatStopsARunBeforeItsFirstStep() async {
        var run = TestRun([step("a", "fake:1"), step("b", "fake:2")])
        run.newer = ["fake:2"]
        let trace = await run()
        #expect(only(trace.lines, "a.", "b.", "= prepared").isEmpty, "\(trace.lines)")
        #expect(trace.result.exitCode == .failed && trace.result.failure?.error?.code == "newer-format")
        #expect(trace.result.failure?.error?.help == "use runner 9.0.0 or newer")
        #expect(only(trace.lines, "release") == ["release fake:1", "release fake:2"])
    }

    /// A run without leases does not get around it either.
    @Test func alsoWithoutLeases() async {
        var run = TestRun([step("a", "fake:1")])
        run.pipeline.concurrency = .none
        run.newer = ["fake:1"]
        let trace = await run()
        #expect(only(trace.lines, "a.").isEmpty && trace.result.exitCode == .failed)
    }

    /// A run that needs a newer runner is left as it is, whether it would continue or roll back.
    @Test(arguments: [Engine.Intent.forward, .rollBack]) func aNewerFormatLeavesAnInterruptedRunAsItIs(
        _ intent: Engine.Intent
    ) async {
        var run = TestRun([step("a", "fake:1"), step("b", "fake:1", run: ["fail"])])
        let first = await run()
        let killed = first.moments.prefix { $0.record.entry.text != "failed failure at b" }
        run.newer = ["fake:1"]
        run.world = killed.last?.world ?? [:]
        let trace = await run(history: killed.map(\.record), intent: intent)
        #expect(killed.count > 3 && trace.journal.isEmpty, "\(trace.lines)")
        #expect(trace.world == run.world)
        #expect(trace.result.stoodAside && trace.result.exitCode == .unrestored)
        #expect(Set(trace.result.left.map(\.reason)) == ["a newer runner must undo it"])
    }

    /// If the resource depends on an earlier step, the answer comes only after that step, which is then rolled back.
    @Test func aStepIsAskedAboutAgainBeforeItBegins() async {
        let place = SourceMark(line: 1, column: 1)
        var run = TestRun([.scripted("a"), .scripted("b")])
        run.newer = ["fake:success"]
        let resource = Node(.deferred(expression: "fake:${{ steps.a.outcome }}", type: .text), at: place)
        run.pipeline.steps[1].options = Node(
            .mapping([Node.Field(key: "resource", keyMark: place, value: resource)]), at: place)
        let trace = await run()
        #expect(
            only(trace.lines, "lease", "a.run", "a.rollback", "b.", "= prepared") == [
                "= prepared a", "a.run(nothing)", "lease fake:success", "a.rollback(nothing)",
            ], "\(trace.lines)")
        #expect(trace.result.exitCode == .failed)
    }

    /// A missing answer does not stop a run before its first step: the step that changes the resource asks again, with
    /// retries.
    @Test func whoGivesNoAnswerIsAskedAgainByTheStep() async {
        var run = TestRun([step("a", "fake:1"), step("b", "fake:1")])
        run.silent = ["fake:1": 2]
        let trace = await run()
        #expect(
            only(trace.lines, "ask", "a.prepare", "a.run", "! a", "b.run") == [
                "ask fake:1", "a.prepare", "ask fake:1", "! a run 1/3 no-answer, again in 500ms", "ask fake:1",
                "a.run(nothing)", "ask fake:1", "b.run(nothing)",
            ], "\(trace.lines)")
        #expect(trace.result.exitCode == .success)
    }

    /// There was no answer when the run began to roll back, so the step's own rollback asks once more.
    @Test func aRollbackAsksBeforeItChangesAnything() async {
        var run = TestRun([step("a", "fake:1"), step("b", "fake:2", run: ["fail"])])
        let first = await run()
        let killed = first.moments.prefix { $0.record.entry.text != "prepared b" }
        run.silent = ["fake:1": 1]
        run.newer = ["fake:1"]
        run.world = killed.last?.world ?? [:]
        let trace = await run(history: killed.map(\.record), intent: .rollBack)
        #expect(only(trace.lines, "ask", "a.rollback") == ["ask fake:1", "ask fake:1"], "\(trace.lines)")
        #expect(trace.world == run.world && trace.result.exitCode == .unrestored)
    }
}
