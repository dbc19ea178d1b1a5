import HTTP
import PipelineKit
import TestSupport
import Testing
import WaitStep

@Suite struct WaitTests {
    private let clock = TestClock()

    private func wait(
        _ fields: [String: Value], _ replies: [ScriptedClient.Reply] = [.answer(200)]
    ) async throws -> (output: Wait.Output, client: ScriptedClient) {
        let client = ScriptedClient([page: replies])
        var context = StepContext.test(clock: clock)
        context[HTTPKey.self] = client
        return (try await Wait(.test(fields)).run(in: context), client)
    }

    @Test func letsATimePass() async throws {
        let (output, client) = try await wait(["duration": "90s"])
        #expect(output.waited == 90_000 && clock.sleeps == [.seconds(90)] && client.requests.isEmpty)
    }

    @Test func asksUntilTheAnswerIsRight() async throws {
        let (output, client) = try await wait(
            ["url": .text(page), "contains": "v2", "poll": ["initial": "2s", "max": "5s"]],
            [
                .failure(.connect, "refused"), .failure(.timeout, "slow"), .answer(503, [:], "v2"),
                .answer(200, [:], "v1"), .answer(200, [:], "the v2 page"),
            ])
        #expect(clock.sleeps == [.seconds(2), .seconds(3), .milliseconds(4_500), .seconds(5)])
        #expect(output.waited == 14_500 && client.requests.count == 5)
    }

    @Test func doesNotWaitWhereItNeedNot() async throws {
        let (output, _) = try await wait(["url": .text(page), "status": 404], [.answer(404)])
        #expect(output.waited == 0 && clock.sleeps == [])
    }

    @Test func aWrongCertificateIsNothingToWaitFor() async throws {
        let error = await #expect(throws: TransportError.self) {
            try await wait(["url": .text(page)], [.failure(.certificate, "expired")])
        }
        #expect(error?.kind == .certificate && clock.sleeps == [])
    }

    @Test func theTimeoutEndsIt() async throws {
        let task = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await clock.settle(limits: 1)
                    _ = try await wait(["url": .text(page)], [.answer(503)])
                }
                group.addTask {
                    try await clock.expire(after: .seconds(60))
                    throw StepError("step-timeout", "over")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        let error = await #expect(throws: StepError.self) { try await task.value }
        #expect(error?.code == "step-timeout" && clock.sleeps.count > 3)
    }

    @Test(
        arguments: [
            ([:], "set one of `duration`, `url` or `distribution`: what to wait for"),
            (["distribution": "E1", "status": 200], "`status` needs `url`"),
            (["duration": "5s", "url": "http://a/"], "`duration` and `url` cannot be used together"),
            (["duration": "5s", "status": 200], "`status` cannot be used with `duration`"),
            (["duration": "0s"], "`duration` must be longer than 0s"),
            (["url": "http://a/", "status": 99], "`status` must be from 100 to 599, not 99"),
            (["url": "http://a/", "contains": ""], "`contains` must not be empty"),
            (["url": "ftp://a/"], "`url` is not usable: it is not http or https"),
            (["url": "http://a/", "poll": ["initial": "1ms"]], "`initial` must be at least 100ms, not 1ms"),
            (["url": "http://a/", "poll": ["initial": "20s"]], "`initial` (20s) is longer than `max` (15s)"),
        ] as [([String: Value], String)])
    func refusesWrongOptions(fields: [String: Value], message: String) {
        #expect(Wait.Options.problems(fields).map(\.message) == [message])
    }

    @Test func anEmptyURLFailsTheStepAndNotTheFile() throws {
        let error = #expect(throws: StepError.self) { _ = try Wait(.test(["url": ""])) }
        #expect(error?.code == "no-url")
    }
}
