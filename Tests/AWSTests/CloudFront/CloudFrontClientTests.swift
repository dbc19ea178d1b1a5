import AWS
import HTTP
import PipelineKit
import Synchronization
import TestSupport
import Testing

@Suite struct CloudFrontClientTests {
    private let clock = TestClock()

    private func config(_ path: String, etag: String) -> ScriptedSender.Reply {
        .response(
            200, ["ETag": etag],
            """
            <DistributionConfig><Origins><Items><Origin><Id>site</Id><DomainName>b.s3.amazonaws.com</DomainName>\
            <OriginPath>\(path)</OriginPath></Origin></Items></Origins></DistributionConfig>
            """)
    }

    private func refusal(_ status: Int, _ code: String) -> ScriptedSender.Reply {
        .refusal(status, code, service: .cloudFront)
    }

    private var lost: ScriptedSender.Reply {
        get throws { .failure(try #require(throws: TransportError.self) { try HTTPURL("nowhere") }) }
    }

    private func update(
        _ replies: [ScriptedSender.Reply]
    ) async throws -> (result: OriginPathUpdate.Result, sender: ScriptedSender) {
        let sender = ScriptedSender(replies)
        let update = OriginPathUpdate(
            distribution: "E1", origin: "site", path: try OriginPath("/v2"), before: "/v1")
        return (try await update.apply(CloudFrontClient(sender: sender)), sender)
    }

    @Test func setsThePathWithTheETagItRead() async throws {
        let (result, sender) = try await update([config("/v1", etag: "A"), .response(200, ["etag": "B"])])
        #expect(result.etag == "B" && result.hasWritten)
        let call = sender.calls[1]
        #expect(call.method == .put && call.path == "2020-05-31/distribution/E1/config")
        #expect(call.headers["if-match"] == "A")
        #expect(call.bodyText.contains("<OriginPath>/v2</OriginPath>"))
        #expect(call.service == .cloudFront && call.bucket == nil && call.retry == .untilDeadline(.seconds(180)))
    }

    /// Whoever has lost the store's lease switches nothing, and may still look.
    @Test func aWriteEndsWithTheLeaseAndALookDoesNot() async throws {
        let sender = ScriptedSender([config("/v1", etag: "A"), .response(200, ["etag": "B"])])
        let lost = LeaseDeadline { throw LeaseLost(Resource(url: "s3://b/")) }
        let update = OriginPathUpdate(distribution: "E1", origin: "site", path: try OriginPath("/v2"), before: "/v1")
        _ = try await update.apply(CloudFrontClient(sender: sender, until: lost))
        #expect(sender.operations == ["GetDistributionConfig", "UpdateDistribution"])
        #expect(sender.calls[0].deadline == nil)
        #expect(throws: LeaseLost.self) { try sender.calls[1].deadline?.moment() }
    }

    @Test func nothingIsWrittenWhereNothingIsToBeDone() async throws {
        let (result, sender) = try await update([config("/v2", etag: "A")])
        #expect(!result.hasWritten && sender.operations == ["GetDistributionConfig"])
    }

    @Test(arguments: ["PreconditionFailed", "InvalidIfMatchVersion"])
    func aStaleETagOfOurOwnIsSuccess(_ code: String) async throws {
        let (result, _) = try await update([config("/v1", etag: "A"), refusal(412, code), config("/v2", etag: "B")])
        #expect(result.etag == "B" && result.hasWritten)
    }

    @Test func aChangeElsewhereInTheConfigurationIsNoConflict() async throws {
        let (result, sender) = try await update([
            config("/v1", etag: "A"), refusal(412, "PreconditionFailed"), config("/v1", etag: "B"),
            .response(200, ["etag": "C"]),
        ])
        #expect(result.etag == "C")
        #expect(sender.calls[3].headers["if-match"] == "B")
    }

    @Test func somebodyElsesDeployIsNotOverwritten() async throws {
        for replies in [
            [config("/v1", etag: "A"), refusal(412, "PreconditionFailed"), config("/v9", etag: "B")],
            [config("/v9", etag: "B")],
        ] {
            let error = await #expect(throws: CloudFrontError.self) { try await update(replies) }
            #expect(error?.kind == .changedByOthers && error?.retryClass == .conflict)
            #expect(error?.message.contains("/v9") == true)
        }
    }

    @Test func aLostReplyIsUnderstood() async throws {
        let (applied, _) = try await update([config("/v1", etag: "A"), lost, config("/v2", etag: "B")])
        #expect(applied.etag == "B" && applied.hasWritten)
        let (again, _) = try await update([
            config("/v1", etag: "A"), refusal(503, "ServiceUnavailable"), config("/v1", etag: "A"),
            .response(200, ["etag": "B"]),
        ])
        #expect(again.etag == "B")
        await #expect(throws: TransportError.self) {
            try await update([config("/v1", etag: "A"), lost, config("/v1", etag: "A"), lost])
        }
    }

    @Test func aChangeAtEachTryEndsIt() async throws {
        let round = [config("/v1", etag: "A"), refusal(412, "PreconditionFailed")]
        let error = await #expect(throws: CloudFrontError.self) { try await update((0..<8).flatMap { _ in round }) }
        #expect(error?.kind == .notUpdated)
    }

    @Test(arguments: [
        ("/v2", OriginPathDecision.done), ("/v1", .write), ("/v3", .conflict), ("", .conflict), ("/V1", .conflict),
    ])
    func decidesByThePathThatIsThere(_ current: String, _ decision: OriginPathDecision) {
        #expect(OriginPathDecision(current: current, wanted: "/v2", before: "/v1") == decision)
    }

    @Test(arguments: ["", "E1/../E2", "E 1", "É1", String(repeating: "E", count: 65)])
    func idsAreChecked(_ id: String) async {
        let sender = ScriptedSender([])
        let error = await #expect(throws: CloudFrontError.self) {
            try await CloudFrontClient(sender: sender).getDistributionConfig(id)
        }
        #expect(error?.kind == .invalidDistributionID && sender.calls.isEmpty)
    }

    private func distribution(_ status: String) -> ScriptedSender.Reply {
        .response(
            200, [:],
            "<Distribution><Status>\(status)</Status><InProgressInvalidationBatches>2</InProgressInvalidationBatches></Distribution>"
        )
    }

    @Test func waitsLongerAndLonger() async throws {
        let sender = ScriptedSender((0..<9).map { _ in distribution("InProgress") } + [distribution("Deployed")])
        let seen = Mutex<[String]>([])
        let wait = CloudFrontPoller(clock: clock) { status, elapsed in
            seen.withLock { $0.append("\(status) \(elapsed.text)") }
        }
        let state = try await CloudFrontClient(sender: sender).waitUntilDeployed("E1", wait)
        #expect(state.isDeployed && state.invalidationsInProgress == 2)
        #expect(
            clock.sleeps.map(\.inMilliseconds) == [2_000, 3_000, 4_500, 6_750, 10_125, 15_187, 20_000, 20_000, 20_000])
        #expect(seen.withLock { $0.prefix(3) } == ["InProgress 0s", "InProgress 2s", "InProgress 5s"])
        #expect(seen.withLock { $0.last?.hasPrefix("Deployed") } == true)
    }

    @Test func aWaitHasAnEnd() async throws {
        let sender = ScriptedSender((0..<50).map { _ in distribution("InProgress") })
        let wait = CloudFrontPoller(clock: clock, deadline: .seconds(10))
        let error = await #expect(throws: CloudFrontError.self) {
            try await CloudFrontClient(sender: sender).waitUntilDeployed("E1", wait)
        }
        #expect(error?.kind == .deadline && error?.retryClass == .timeout)
        #expect(clock.sleeps.map(\.inMilliseconds) == [2_000, 3_000, 4_500, 500])
    }

    private func invalidation(_ status: String) -> ScriptedSender.Reply {
        .response(
            201, [:],
            """
            <Invalidation><Id>I1</Id><Status>\(status)</Status><InvalidationBatch><CallerReference>r/1</CallerReference>\
            </InvalidationBatch></Invalidation>
            """)
    }

    @Test func anInvalidationNamesPathsAndReference() async throws {
        let sender = ScriptedSender([invalidation("InProgress")])
        let paths = try ["/a&b", "/x"].map { try InvalidationPath(pattern: $0) }
        let batch = try #require(InvalidationPlan(paths, reference: "r", maximum: 10).batches.first)
        let outcome = try await CloudFrontClient(sender: sender).createInvalidation(batch, on: "E1")
        guard case .accepted(let made) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(made.id == "I1" && made.callerReference == "r/1" && !made.isCompleted)
        #expect(
            sender.calls[0].bodyText == """
                <?xml version="1.0" encoding="UTF-8"?>
                <InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths><Quantity>2</Quantity>\
                <Items><Path>/a&amp;b</Path><Path>/x</Path></Items></Paths><CallerReference>r/1</CallerReference>\
                </InvalidationBatch>
                """)
    }

    @Test func aFullQuotaIsWaitedOutWithTheSameReference() async throws {
        let full = refusal(400, "TooManyInvalidationsInProgress")
        let sender = ScriptedSender([
            full, full, invalidation("InProgress"), invalidation("InProgress"), invalidation("COMPLETED"),
        ])
        let client = CloudFrontClient(sender: sender)
        let batch = try #require(InvalidationPlan([.everything], reference: "r", maximum: 10).batches.first)
        let wait = CloudFrontPoller(clock: clock)
        let made = try await client.createInvalidation(batch, on: "E1", wait)
        let done = try await client.waitUntilCompleted(made.id, on: "E1", wait)
        #expect(done.isCompleted && clock.sleeps.count == 3)
        #expect(Set(sender.calls.prefix(3).map(\.bodyText)).count == 1)
        #expect(sender.calls.last?.path == "2020-05-31/distribution/E1/invalidation/I1")
    }

    @Test func unknownCodesAreReported() async throws {
        let sender = ScriptedSender([refusal(409, "InvalidationBatchAlreadyExists")])
        let batch = try #require(InvalidationPlan([.everything], reference: "r", maximum: 10).batches.first)
        let error = await #expect(throws: AWSError.self) {
            try await CloudFrontClient(sender: sender).createInvalidation(batch, on: "E1")
        }
        #expect(error?.serviceCode == "InvalidationBatchAlreadyExists")
    }
}
