@testable import HTTP
import PipelineKit
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// What is retried, after how long, and what ends a call.
@Suite struct RetryTests {
    enum Fate: Equatable {
        /// 3 attempts.
        case transient, throttled
        case final
    }

    static let replies: [(status: Int, code: String, fate: Fate)] = [
        (500, "InternalError", .transient), (502, "Whatever", .transient), (503, "ServiceUnavailable", .transient),
        (504, "GatewayTimeout", .transient), (400, "RequestTimeout", .transient), (503, "SlowDown", .throttled),
        (400, "Throttling", .throttled), (400, "ThrottlingException", .throttled), (429, "Whatever", .throttled),
        (400, "RequestLimitExceeded", .throttled), (501, "NotImplemented", .final), (505, "Whatever", .final),
        (400, "InvalidArgument", .final), (403, "AccessDenied", .final), (404, "NoSuchBucket", .final),
        (409, "OperationAborted", .final), (412, "PreconditionFailed", .final),
        (400, "TooManyInvalidationsInProgress", .final), (403, "SignatureDoesNotMatch", .final), (302, "Found", .final),
    ]

    @Test(arguments: replies.indices) func classifiesReplies(index: Int) async throws {
        let (status, code, fate) = Self.replies[index]
        let test = try TestClient([ScriptedHTTP.Answer](repeating: Reply.refusal(status, code), count: 5))
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.serviceCode == code && error?.status == status)
        #expect(test.http.requests.count == (fate == .final ? 1 : 3))
        #expect(error?.attempts == test.http.requests.count)
        switch fate {
        case .transient:
            #expect(test.clock.sleeps == [.milliseconds(25), .milliseconds(50)])
            #expect(test.quota.available == 500 - 2 * 14)
            #expect(error?.retryClass == (code == "RequestTimeout" ? .timeout : .network))
        case .throttled:
            #expect(test.clock.sleeps == [.milliseconds(500), .seconds(1)])
            #expect(test.quota.available == 500 - 2 * 5)
            #expect(error?.retryClass == .throttle)
        case .final: #expect(test.clock.sleeps.isEmpty && test.quota.available == 500)
        }
    }

    @Test func tellsOfEveryAttemptThatIsRepeated() async throws {
        let test = try TestClient([
            Reply.refusal(503, "SlowDown"), Reply.broken(.reset), Reply.refusal(403, "AccessDenied"),
        ])
        let told = Recorder()
        await #expect(throws: AWSError.self) {
            try await test.put { $0.onRetry = { told.note($0.code) } }
        }
        #expect(told.lines == ["aws-slow-down", "connection-reset"])
    }

    /// Every attempt looks at the deadline when it is signed, and is sent with it.
    @Test func nothingIsSignedAfterTheDeadline() async throws {
        let test = try TestClient([Reply.refusal(503, "SlowDown"), Reply.refusal(503, "SlowDown"), Reply.ok()])
        let until = test.clock.now + .milliseconds(1_200)
        let deadline = LeaseDeadline { [clock = test.clock] in
            guard clock.now < until else { throw LeaseLost(Resource(url: "s3://site/"), .taken(by: nil)) }
            return until
        }
        await #expect(throws: LeaseLost.self) { try await test.put { $0.deadline = deadline } }
        #expect(test.http.requests.map(\.deadline) == [until, until])
    }

    @Test func aBatchAfterTheDeadlineIsNotSent() async throws {
        let test = try TestClient([Reply.ok(), Reply.ok()])
        var request = AWSRequest(.s3, "PutObject", .put, bucket: "site", path: "a", body: .bytes([1]))
        request.deadline = LeaseDeadline { throw LeaseLost(Resource(url: "s3://site/"), .taken(by: nil)) }
        let results = await test.client.sendAll([request, request])
        #expect(results.allSatisfy { ($0.failure as? LeaseLost) != nil } && test.http.requests.isEmpty)
    }

    @Test func tellsTheStepWhatHoldsItUp() async throws {
        let told = Recorder()
        let progress = Progress { state in told.note("\(state.done): \(state.slowedBy ?? "")") }
        progress(Progress.State(done: 7, total: 9, unit: "files"))
        for answers in [
            [Reply.refusal(503, "SlowDown"), Reply.refusal(500, "InternalError")],
            [Reply.broken(.reset), Reply.refusal(400, "RequestTimeout")],
        ] {
            let test = try TestClient(answers + [Reply.ok()], progress: progress)
            _ = try await test.put()
        }
        #expect(
            told.lines == [
                "7: ", "7: the object store asks for fewer requests", "7: the object store answers with status 500",
                "7: the object store cannot be reached", "7: requests to the object store time out",
            ])
    }

    /// An error's message decides nothing, even if it contains the name of a code.
    @Test func readsNoTexts() async throws {
        let test = try TestClient([
            Reply.refusal(400, "InvalidArgument", "SlowDown: Throttling, please reduce your rate")
        ])
        await #expect(throws: AWSError.self) { try await test.put() }
        #expect(test.http.requests.count == 1)
    }

    @Test(arguments: TransportError.Kind.allCases) func classifiesBrokenTransfers(kind: TransportError.Kind)
        async throws
    {
        let test = try TestClient([ScriptedHTTP.Answer](repeating: Reply.broken(kind), count: 5))
        let error = await #expect(throws: TransportError.self) { try await test.put() }
        #expect(error?.kind == kind)
        let isTransient = [.dns, .connect, .tls, .reset, .truncated, .timeout].contains(kind)
        #expect(test.http.requests.count == (isTransient ? 3 : 1))
    }

    @Test func succeedsWhenTheFailurePasses() async throws {
        let test = try TestClient([Reply.refusal(503, "SlowDown"), Reply.broken(.reset), Reply.ok("done")])
        let response = try await test.put()
        #expect(String(decoding: response.body, as: UTF8.self) == "done")
        #expect(test.clock.sleeps == [.milliseconds(500), .milliseconds(50)])
        // The last retry's cost comes back.
        #expect(test.quota.available == 500 - 5)
    }

    @Test func paysBackOneTokenForACleanSuccess() async throws {
        let quota = RetryQuota()
        #expect(quota.take(.transient))
        let test = try TestClient([Reply.ok(), Reply.ok()], quota: quota)
        _ = try await test.put()
        _ = try await test.put()
        #expect(quota.available == 488)
    }

    @Test func endsWithTheQuota() async throws {
        let test = try TestClient(
            [ScriptedHTTP.Answer](repeating: Reply.status(500), count: 9), quota: RetryQuota(capacity: 20))
        await #expect(throws: AWSError.self) { try await test.put() }
        #expect(test.http.requests.count == 2)
        await #expect(throws: AWSError.self) { try await test.put() }
        #expect(test.http.requests.count == 3)
    }

    @Test(arguments: [
        ("0", Duration.milliseconds(500)), ("2000", .seconds(2)), ("60000", .milliseconds(5_500)),
        ("-1", .milliseconds(500)), ("soon", .milliseconds(500)), ("99999999999999999999", .milliseconds(500)),
    ]) func waitsAsAskedWithinBounds(header: String, delay: Duration) async throws {
        let test = try TestClient([Reply.refusal(503, "SlowDown", headers: ["x-amz-retry-after": header]), Reply.ok()])
        _ = try await test.put()
        #expect(test.clock.sleeps == [delay])
    }

    @Test func waitsNeverLongerThanTwentySeconds() {
        let delays = (1...40).map { RetryDelay.before(retry: $0, .throttled, random: RandomSource { 1 }) }
        #expect(delays.prefix(5) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)])
        #expect(delays.dropFirst(5).allSatisfy { $0 == .seconds(20) })
        #expect(RetryDelay.before(retry: 9, .transient, random: RandomSource { 0 }) == .zero)
    }

    @Test func triesUntilTheDeadline() async throws {
        let test = try TestClient([ScriptedHTTP.Answer](repeating: Reply.refusal(400, "Throttling"), count: 99))
        let error = await #expect(throws: AWSError.self) {
            try await test.put { $0.retry = .untilDeadline(.seconds(60)) }
        }
        // 0.5 + 1 + 2 + 4 + 8 + 10 + 10 + 10 + 10 seconds: the next would end at 65.5.
        #expect(test.http.requests.count == 10)
        #expect(error?.attempts == 10)
        #expect(test.quota.available == 500)
    }

    @Test func triesOnceWhereThatIsAsked() async throws {
        let test = try TestClient([Reply.status(500)])
        await #expect(throws: AWSError.self) { try await test.put { $0.retry = .never } }
        #expect(test.http.requests.count == 1)
    }

    @Test func tellsThatAnEarlierAttemptMayHaveWorked() async throws {
        for (script, expected) in [
            ([Reply.broken(.reset), Reply.refusal(412, "PreconditionFailed")], true),
            ([Reply.broken(.timeout), Reply.refusal(412, "PreconditionFailed")], true),
            ([Reply.status(500), Reply.refusal(412, "PreconditionFailed")], true),
            ([Reply.broken(.connect), Reply.refusal(412, "PreconditionFailed")], false),
            ([Reply.refusal(400, "Throttling"), Reply.refusal(412, "PreconditionFailed")], false),
            ([Reply.refusal(412, "PreconditionFailed")], false),
        ] {
            let test = try TestClient(script)
            let error = await #expect(throws: AWSError.self) { try await test.put() }
            #expect(error?.mayHaveBeenApplied == expected)
            #expect(error?.retryClass == .conflict)
        }
    }

    @Test func saysWhichAttemptBegins() async throws {
        let attempts = Mutex<[Int]>([])
        let test = try TestClient([Reply.broken(.truncated), Reply.ok()])
        _ = try await test.put { $0.onAttempt = { number in attempts.withLock { $0.append(number) } } }
        #expect(attempts.withLock { $0 } == [1, 2])
    }

    @Test func endsWhenItIsCancelled() async throws {
        let test = try TestClient([{ _ in throw CancellationError() }])
        await #expect(throws: CancellationError.self) { try await test.put() }
        #expect(test.http.requests.count == 1)
    }

    @Test func signsEachAttemptAnew() async throws {
        let test = try TestClient(
            [Reply.refusal(503, "SlowDown"), Reply.refusal(503, "SlowDown"), Reply.ok()], random: 1)
        _ = try await test.put()
        let dates = test.http.requests.compactMap { $0.headers["x-amz-date"] }
        #expect(dates == ["20260101T000000Z", "20260101T000001Z", "20260101T000003Z"])
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
