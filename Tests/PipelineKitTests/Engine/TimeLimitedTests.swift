@testable import PipelineKit
import TestSupport
import Testing

@Suite struct TimeLimitedTests {
    private let clock = TestClock()

    private var limited: TimeLimited {
        TimeLimited(limit: .seconds(60), clock: clock, subject: "work")
    }

    @Test func workWithinItsLimit() async throws {
        #expect(try await limited { 7 } == 7)
    }

    @Test func errorOfItsOwn() async {
        await #expect(throws: StepError.self) { try await limited { throw StepError("own", "its own") } }
    }

    @Test func tooLong() async {
        let error = await #expect(throws: TimeLimitExceeded.self) {
            try await limited { [clock] in try await clock.hang(limits: 1) }
        }
        #expect(error?.message == "work took longer than its limit of 1m")
        #expect(error?.retryClass == .timeout)
    }

    @Test func workThatDoesNotListenHasEndedWhenItsErrorComes() async {
        let recorder = Recorder()
        await #expect(throws: TimeLimitExceeded.self) {
            try await limited { [clock] in
                try? await clock.hang(limits: 1)
                recorder.note("ended")
            }
        }
        #expect(recorder.lines == ["ended"])
    }

    @Test(arguments: [true, false]) func cancelIsTheWorksToAnswer(_ endsWell: Bool) async {
        let cancellation = Cancellation()
        let result = await Task { [limited] in
            try await cancellation.guarding {
                try await limited {
                    cancellation.request(.interrupted)
                    // Gives anything else that heard of the cancel time to answer in place of the work.
                    for _ in 1...1_000 { await Task.yield() }
                    if endsWell { return "well" }
                    throw StepError("own", "its own")
                }
            }
        }.result
        switch result {
        case .success(let text): #expect(endsWell && text == "well")
        case .failure(let error): #expect(!endsWell && (error as? StepError)?.code == "own")
        }
    }
}

@Suite struct CancellationTests {
    @Test func firstCauseStays() {
        let cancellation = Cancellation()
        #expect(cancellation.cause == nil)
        cancellation.request(.terminated)
        cancellation.request(.interrupted)
        #expect(cancellation.cause == .terminated)
    }

    @Test func workIsNotBegunAfterARequest() async {
        let cancellation = Cancellation()
        cancellation.request(.interrupted)
        let recorder = Recorder()
        await #expect(throws: CancellationError.self) {
            try await cancellation.guarding { recorder.note("begun") }
        }
        #expect(recorder.lines == [])
    }

    @Test func workReachesItselfByARequest() async throws {
        let cancellation = Cancellation()
        let isReached = try await cancellation.guarding {
            cancellation.request(.interrupted)
            return Task.isCancelled
        }
        #expect(isReached)
    }

    @Test func workThatIsOverIsNotKept() async throws {
        let cancellation = Cancellation()
        #expect(try await cancellation.guarding { 1 } == 1)
        cancellation.request(.interrupted)
        #expect(cancellation.cause == .interrupted)
    }
}
