import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// A run that is continued does not work beside programs that a killed process of it has left.
@Suite struct LeftProgramsTests {
    /// Programs that hold locks for a number of looks.
    private final class HeldLocks: ProcessRunner {
        private let looks: Mutex<[String: Int]>
        private let canEnd: Bool
        let ended = Mutex<[String]>([])

        /// - Parameter looks: by step and lock, as in `b/run`.
        init(_ looks: [String: Int], canEnd: Bool = true) {
            self.looks = Mutex(looks)
            self.canEnd = canEnd
        }

        func run(
            _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
        ) async throws -> PipelineKit.ExitStatus {
            try await NoProcesses().run(command, output: output)
        }

        func holders(of lock: FilePath) throws -> [LeftProgram]? {
            looks.withLock { looks in
                guard let left = looks[Self.name(lock)], left > 0 else { return nil }
                looks[Self.name(lock)] = left - 1
                return [LeftProgram(processID: 123, name: "make")]
            }
        }

        func endHolders(of lock: FilePath) async throws -> Bool {
            ended.withLock { $0.append(Self.name(lock)) }
            if canEnd { looks.withLock { $0[Self.name(lock)] = 0 } }
            return canEnd
        }

        private static func name(_ lock: FilePath) -> String {
            lock.components.suffix(2).map { $0.string.replacing(".lock", with: "") }.joined(separator: "/")
        }
    }

    /// The records of a run of `a`, `b` and `c` that was killed in `b`, or while `b` was rolled back.
    private func killed(inRollback: Bool = false) async -> (run: TestRun, history: [JournalRecord]) {
        let steps = [PipelineStep.scripted("a"), .scripted("b", run: inRollback ? ["fail"] : []), .scripted("c")]
        let trace = await TestRun(steps)()
        let last = inRollback ? "failed" : "prepared b"
        let records = trace.moments.map(\.record)
        let count = records.firstIndex { $0.entry.text.hasPrefix(last) } ?? 0
        return (TestRun(steps), Array(records[...count]))
    }

    @Test func theRunWaitsAndSaysSoOnce() async {
        var (run, history) = await killed()
        run.processes = HeldLocks(["b/run": 4])
        let trace = await run(history: history)
        #expect(trace.result.exitCode == .success)
        #expect(trace.lines.filter { $0.contains("waiting for what") }.count == 1, "\(trace.lines)")
        #expect(trace.lines.contains { $0.contains("`make` (process 123)") })
        // It was seen once before the wait, and the look that found nobody ended it.
        #expect(trace.sleeps == Array(repeating: .milliseconds(250), count: 3))
    }

    @Test func theWaitEndsWithTheLimitOfTheStep() async {
        var (run, history) = await killed()
        run.pipeline.steps[1].timeout = .seconds(1)
        run.processes = HeldLocks(["b/run": .max])
        let trace = await run(history: history)
        #expect(trace.result.exitCode == .leaseHeld && trace.result.stoodAside)
        #expect(trace.sleeps.reduce(.zero, +) == .seconds(1))
        #expect(trace.result.failure?.error?.code == "programs-at-work")
        #expect(trace.journal.isEmpty, "the journal is as it was")
        #expect(!trace.lines.contains { $0.hasPrefix("b.run") })
    }

    @Test func theyAreEndedOnRequest() async {
        var (run, history) = await killed()
        let locks = HeldLocks(["b/run": .max])
        run.processes = locks
        run.leftPrograms = .ended
        let trace = await run(history: history)
        #expect(trace.result.exitCode == .success && trace.sleeps.isEmpty)
        #expect(locks.ended.withLock(\.self) == ["b/run"])
    }

    @Test func whatCannotBeEndedStopsTheRun() async {
        var (run, history) = await killed()
        run.processes = HeldLocks(["b/run": .max], canEnd: false)
        run.leftPrograms = .ended
        let trace = await run(history: history)
        #expect(trace.result.exitCode == .leaseHeld && trace.result.stoodAside)
        #expect(trace.result.failure?.error?.message.contains("could not be ended") == true)
    }

    /// A server that a finished step has started serves the steps after it.
    @Test func whatAFinishedStepHasLeftIsNotWaitedFor() async {
        var (run, history) = await killed()
        let locks = HeldLocks(["a/run": .max, "a/rollback": .max])
        run.processes = locks
        let trace = await run(history: history)
        #expect(trace.result.exitCode == .success && trace.sleeps.isEmpty)
    }

    @Test func aRollbackWaitsForTheOneBefore() async {
        var (run, history) = await killed(inRollback: true)
        run.processes = HeldLocks(["a/rollback": 2, "b/run": 3])
        let trace = await run(history: history)
        #expect(trace.result.exitCode == .failed, "\(trace.lines)")
        #expect(trace.lines.filter { $0.contains("waiting for what") }.count == 2)
        #expect(trace.lines.contains { $0.hasPrefix("a.rollback") })
    }

    @Test func aNewRunLooksForNobody() async {
        var run = TestRun([.scripted("a")])
        run.processes = HeldLocks(["a/run": .max])
        let trace = await run()
        #expect(trace.result.exitCode == .success && trace.sleeps.isEmpty)
    }
}
