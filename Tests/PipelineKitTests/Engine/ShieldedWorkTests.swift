import PipelineKit
import TestSupport
import Testing

@Suite struct ShieldedWorkTests {
    private let shielded = ShieldedWork()
    private let clock = TestClock()

    @Test func itDoesItsWork() async throws {
        #expect(try await shielded.run(clock) { 7 } == 7)
        await #expect(throws: StepError.self) { try await shielded.run(clock) { throw StepError("own", "its own") } }
        await shielded.close()
    }

    @Test func whatIsCancelledBeforeDoesNotBegin() async {
        let task = Task { [shielded, clock] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await shielded.run(clock) { 7 }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// The grace is over at once on a test's clock, and only then does the work see that it is cancelled.
    @Test func aCancellationReachesItAfterItsGrace() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let task = Task { [shielded, clock] in
            try await shielded.run(clock) {
                begin.finish()
                while !Task.isCancelled { await Task.yield() }
                return clock.sleeps
            }
        }
        for await _ in begun {}
        task.cancel()
        #expect(try await task.value == [ShieldedWork.grace])
    }

    @Test func closingWaitsForIt() async throws {
        let recorder = Recorder()
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let work = Task { [shielded, clock] in
            try await shielded.run(clock) {
                begin.finish()
                for await _ in gate {}
                recorder.note("written")
            }
        }
        for await _ in begun {}
        let closing = Task { [shielded] in
            await shielded.close()
            recorder.note("closed")
        }
        open.finish()
        await closing.value
        try await work.value
        #expect(recorder.lines == ["written", "closed"])
    }
}
