@testable import PipelineKit
import TestSupport
import Testing

/// A run that was killed after any of its records can be continued from the journal alone.
@Suite struct ResumeTests {
    /// A run to kill, and one that continues it: another process, whose steps may end differently.
    struct Pair: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var first: TestRun
        var second: TestRun
    }

    static let going: [Pair] = {
        let good = three(finally: [looking])
        let bad = three(c: .scripted("c", run: ["fail"]), finally: [looking])
        let stuck = three(b: .scripted("b", rollback: ["fail"]), c: .scripted("c", run: ["fail"]), finally: [looking])
        return [
            Pair(testDescription: "well, then well", first: good, second: good),
            Pair(testDescription: "well, then badly", first: good, second: bad),
            Pair(testDescription: "badly, then well", first: bad, second: good),
            Pair(testDescription: "badly, then badly", first: bad, second: bad),
            Pair(
                testDescription: "stopped by a signal, then well",
                first: three(b: .scripted("b", run: ["signal"]), finally: [looking]), second: good),
            Pair(testDescription: "stuck on the way back, then well", first: stuck, second: good),
        ]
    }()

    private static var looking: PipelineStep {
        .scripted("d", effect: .observing) { $0.condition = .always }
    }

    @Test(arguments: going) func killedAfterAnyRecord(_ pair: Pair) async throws {
        let first = await pair.first()
        let records = first.moments.map(\.record)
        try #require(records.count > 5)
        for count in 1...records.count {
            let history = RunHistory(Array(records[..<count]))
            // Killed directly after the record, and directly before the next one.
            for next in [count - 1, min(count, records.count - 1)] {
                var second = pair.second
                second.world = first.moments[next].world
                let trace = await second(history: Array(records[..<count]))
                let place = Comment(rawValue: "after record \(count), \(records[count - 1].entry.text)")
                expectOldOrNew(trace, history, place)
                expectNothingTwice(trace, history, place)
                let journal = records[..<count].flatMap { $0.encoded() } + trace.journal
                #expect(try JournalReader.read(journal, name: "journal").length == journal.count, place)
            }
        }
    }

    private func expectOldOrNew(_ trace: TestRun.Trace, _ history: RunHistory, _ place: Comment) {
        let isNew = trace.result.exitCode == .success
        let value = isNew ? "new" : "old"
        #expect(trace.world == ["a": value, "b": value, "c": value], place)
        #expect(trace.result.left.isEmpty, place)
        if history.failed != nil { #expect(!isNew, place) }
    }

    private func expectNothingTwice(_ trace: TestRun.Trace, _ history: RunHistory, _ place: Comment) {
        let calls = trace.lines.filter { $0.contains(".") }
        for id in ["a", "b", "c", "d"] {
            let own = calls.filter { $0.hasPrefix("\(id).") }
            if history.prepared[id] != nil { #expect(!own.contains("\(id).prepare"), place) }
            if history.finished[id] != nil { #expect(!own.contains { $0.hasPrefix("\(id).run") }, place) }
            if history.rolledBack.contains(id) { #expect(own.isEmpty, place) }
            // What a first attempt left must never be taken for the state before it.
            #expect(!own.contains { $0.contains("(new)") }, place)
            #expect(trace.keys[id, default: ["run-1/\(id)"]] == ["run-1/\(id)"], place)
        }
        if history.failed != nil {
            #expect(!calls.contains { $0.hasPrefix("a.run") || $0.hasPrefix("b.run") || $0.hasPrefix("c.run") }, place)
        }
        #expect(calls.contains("d.run(nothing)") == (history.finished["d"] == nil), place)
    }

    /// The records of a run, up to the first of a kind.
    private func records(of run: TestRun, through text: String) async throws -> (
        history: [JournalRecord], world: [String: String]
    ) {
        let moments = await run().moments
        let last = try #require(moments.firstIndex { $0.record.entry.text == text })
        return (moments[...last].map(\.record), moments[last].world)
    }

    @Test func interruptedStepIsTheFirstToRun() async throws {
        var run = three()
        let killed = try await records(of: run, through: "prepared b")
        run.world = killed.world
        let trace = await run(history: killed.history)
        #expect(
            trace.lines == [
                "resume", "[steps]", "> b", "b.run(old)", "= finished b success", "< b success 1",
            ] + good("c") + ["= ended success 0", "end success, exit 0"])
    }

    @Test func rollbackGoesOnWhereItHadStopped() async throws {
        var run = three(c: .scripted("c", run: ["fail"]))
        let killed = try await records(of: run, through: "rolled-back c")
        run.world = killed.world
        let trace = await run(history: killed.history)
        #expect(
            trace.lines == ["resume", "[rollback]"] + undone("b") + undone("a")
                + ["= ended failure 1", "end failure, exit 1"])
    }

    @Test func rollbackOfARunThatWentWell() async throws {
        var run = three()
        let done = await run()
        run.world = done.world
        let trace = await run(history: done.moments.map(\.record), intent: .rollBack)
        #expect(
            trace.lines == ["resume", "= failed requested", "[rollback]"] + undone("c") + undone("b") + undone("a")
                + ["= ended rolled-back 0", "end rolled-back, exit 0"])
        #expect(trace.world == ["a": "old", "b": "old", "c": "old"])
    }

    @Test func rollbackOfARunThatWasToStop() async throws {
        var run = three(b: .scripted("b", run: ["fail"])) { $0.pipeline.onFailure = .stop }
        let done = await run()
        #expect(done.result.exitCode == .unrestored)
        #expect(done.result.left.map(\.step) == ["b", "a"])
        run.world = done.world
        let trace = await run(history: done.moments.map(\.record), intent: .rollBack)
        #expect(
            trace.lines == ["resume", "[rollback]"] + undone("b") + undone("a")
                + ["= ended failure 1", "end failure, exit 1"])
    }

    @Test func rollbackWhoseRecordsBeginWithoutFailed() async throws {
        // `failed` could not be written, the first rollback could.
        var run = three(b: .scripted("b", run: ["fail"])) { $0.faults = [5: .append] }
        let killed = try await records(of: run, through: "rolled-back b")
        run.world = killed.world
        run.faults = [:]
        let trace = await run(history: killed.history)
        #expect(
            trace.lines == ["resume", "[rollback]"] + undone("a") + ["= ended failure 1", "end failure, exit 1"])
    }

    /// What the run has changed stays, and the step is tried again, as often as it takes.
    @Test func finallyThatHadFailedIsDoneLater() async throws {
        let first = await three(finally: [try .final("d", run: ["fail"])])()
        #expect(first.result.exitCode == .unfinished && first.result.finallyErrors.isEmpty)
        #expect(first.result.unfinished.map(\.step) == ["d"])
        var again = three(finally: [try .final("d", run: ["fail"])])
        again.world = first.world
        let second = await again(history: first.moments.map(\.record))
        #expect(
            second.lines == [
                "resume", "[steps]", "[finally]", "> d", "d.run(nothing)", "= unfinished d",
                "< d unfinished 1: it was told to fail", "= ended unfinished 4", "end unfinished, exit 4",
            ])
        var well = three(finally: [try .final("d")])
        well.world = first.world
        let records = (first.moments + second.moments).map(\.record)
        let third = await well(history: records)
        #expect(third.result.exitCode == .success)
        #expect(!RunHistory(records + third.moments.map(\.record)).isUnfinished)
    }

    /// Older runners noted it as finished.
    @Test func finallyThatHadFailedOfAnOlderRunnerStillCounts() async throws {
        let run = three(finally: [try .final("d", run: ["fail"])])
        var killed = try await records(of: run, through: "unfinished d").history
        let error = ErrorRecord(code: "told", message: "it was told to fail", help: nil)
        killed[killed.count - 1].entry = .finished(
            StepFinished(step: "d", outcome: .failure, attempts: 1, milliseconds: 0, error: error))
        let trace = await run(history: killed)
        #expect(trace.lines == ["resume", "[steps]", "= ended failure 3", "end failure, exit 3"])
    }

    @Test func finallySeesWhichStepHadFailed() async throws {
        let run = three(
            a: .scripted("a", run: ["fail"]), finally: [try .final("d", if: "steps.a.outcome == 'failure'")])
        let killed = try await records(of: run, through: "rolled-back a")
        let trace = await run(history: killed.history)
        #expect(
            trace.lines == ["resume", "[finally]"] + looked("d") + ["= ended failure 1", "end failure, exit 1"])
    }

    @Test func cancelledStepThatMayFailIsRunAgain() async throws {
        let run = three(b: .scripted("b", run: ["interrupt"]) { $0.continueOnError = true })
        let records = await run().moments.map(\.record)
        let failed = try #require(records.firstIndex { $0.entry.text == "failed interrupted at b" })
        let trace = await three()(history: Array(records[..<failed]))
        #expect(trace.lines.contains("b.run(old)"))
    }

    @Test func aSignalIsKnownWithTheStepThatItStopped() async throws {
        let run = three(b: .scripted("b", run: ["signal"]))
        let noted = try await records(of: run, through: "failed interrupted")
        #expect(RunHistory(noted.history).failed == RunFailed(cause: .interrupted))
        let whole = try await records(of: run, through: "failed interrupted at b")
        #expect(RunHistory(whole.history).failed?.step == "b")
    }

    @Test func requestedRollbackWithAFinallyThatFails() async throws {
        let run = three(finally: [try .final("d", run: ["fail"])])
        let killed = try await records(of: run, through: "finished c success")
        let trace = await run(history: killed.history, intent: .rollBack)
        #expect(trace.result.exitCode == .failed)
    }

    @Test func damagedAttachmentStopsTheRollback() async throws {
        let padding = String(repeating: "x", count: 20_000)
        var run = three(a: .scripted("a", run: ["fail"]))
        run.world["a"] = padding
        let killed = try await records(of: run, through: "failed failure at a")
        try run.storage.writeAttachment(Array("{}".utf8), named: "a.before.json")
        let trace = await run(history: killed.history)
        #expect(trace.result.exitCode == .unrestored)
        #expect(trace.result.left.map(\.step) == ["a"])
        #expect(!trace.lines.contains { $0.hasPrefix("a.rollback") })
    }

    /// A step that got no answer is done later, and another failure of it rolls nothing back.
    @Test func whatGotNoAnswerIsDoneLater() async {
        let first = await three(b: .later("b", run: ["fail network"]))()
        #expect(first.result.exitCode == .unfinished)
        #expect(first.result.unfinished.map(\.step) == ["b"])
        #expect(first.result.unfinished.map(\.consequence) == ["it is as it was"])
        let records = first.moments.map(\.record)
        #expect(RunHistory(records).isUnfinished)

        var again = three(b: .later("b", run: ["fail"]))
        again.world = first.world
        let second = await again(history: records)
        #expect(
            second.lines == [
                "resume", "[steps]", "> b", "b.run(old)", "= unfinished b", "< b unfinished 1: it was told to fail",
                "= ended unfinished 4", "end unfinished, exit 4",
            ])

        let rest = records + second.moments.map(\.record)
        var well = three(b: .later("b"))
        well.world = second.world
        let third = await well(history: rest)
        #expect(
            third.lines == [
                "resume", "[steps]", "> b", "b.run(old)", "= finished b success", "< b success 1", "= ended success 0",
                "end success, exit 0",
            ])
        #expect(third.world == ["a": "new", "b": "new", "c": "new"])
        #expect(!RunHistory(rest + third.moments.map(\.record)).isUnfinished)
    }

    @Test func aReleaseThatIsLiveAndUnfinishedCanBeTakenBack() async {
        let first = await three(b: .later("b", run: ["fail network"]))()
        let records = first.moments.map(\.record)
        var back = three(b: .later("b"))
        back.world = first.world
        let second = await back(history: records, intent: .rollBack)
        #expect(second.world == ["a": "old", "b": "new", "c": "old"])
        #expect(second.result.exitCode == .success)
        #expect(second.result.unfinished.isEmpty)
        #expect(!RunHistory(records + second.moments.map(\.record)).isUnfinished)
    }
}
