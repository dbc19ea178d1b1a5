import AWS
import HTTP
import PipelineKit
import TestSupport
import Testing

/// What is known about a write after an update has failed. An undo must not guess.
@Suite struct OriginPathCertaintyTests {
    private static func config(_ path: String, _ etag: String) -> ScriptedSender.Reply {
        .response(
            200, ["ETag": etag],
            """
            <DistributionConfig><Origins><Items><Origin><Id>site</Id><DomainName>b.s3.amazonaws.com</DomainName>\
            <OriginPath>\(path)</OriginPath></Origin></Items></Origins></DistributionConfig>
            """)
    }

    private static func refusal(_ status: Int, _ code: String, unsure: Bool = false) -> ScriptedSender.Reply {
        .refusal(status, code, service: .cloudFront, mayHaveBeenApplied: unsure)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var replies: [ScriptedSender.Reply]
        var mayHaveBeenApplied: Bool
    }

    static let rows = [
        Row(
            testDescription: "the configuration cannot be read",
            replies: [refusal(404, "NoSuchDistribution")], mayHaveBeenApplied: false),
        Row(
            testDescription: "the write is not allowed",
            replies: [config("/v1", "A"), refusal(403, "AccessDenied")], mayHaveBeenApplied: false),
        Row(
            testDescription: "somebody else has switched before the first look",
            replies: [config("/v9", "A")], mayHaveBeenApplied: false),
        Row(
            testDescription: "somebody else switches between look and write",
            replies: [config("/v1", "A"), refusal(412, "PreconditionFailed"), config("/v9", "B")],
            mayHaveBeenApplied: false),
        Row(
            testDescription: "the reply is lost, and somebody else switches",
            replies: [config("/v1", "A"), refusal(412, "PreconditionFailed", unsure: true), config("/v9", "B")],
            mayHaveBeenApplied: true),
        Row(
            testDescription: "a 503, and then no permission",
            replies: [
                config("/v1", "A"), refusal(503, "ServiceUnavailable"), config("/v1", "A"),
                refusal(403, "AccessDenied"),
            ], mayHaveBeenApplied: true),
        Row(
            testDescription: "a 503, then another ETag at the same path, and then no permission",
            replies: [
                config("/v1", "A"), refusal(503, "ServiceUnavailable"), config("/v1", "B"),
                refusal(403, "AccessDenied"),
            ], mayHaveBeenApplied: false),
        Row(
            testDescription: "two 503",
            replies: [
                config("/v1", "A"), refusal(503, "ServiceUnavailable"), config("/v1", "A"),
                refusal(503, "ServiceUnavailable"),
            ], mayHaveBeenApplied: true),
    ]

    @Test(arguments: rows)
    func isSaidWithTheFailure(_ row: Row) async throws {
        let update = OriginPathUpdate(
            distribution: "E1", origin: "site", path: try OriginPath("/v2"), before: "/v1")
        let ending = await update.attempt(CloudFrontClient(sender: ScriptedSender(row.replies))) {}
        guard case .failed(_, let mayHaveBeenApplied) = ending else {
            Issue.record("it succeeded")
            return
        }
        #expect(mayHaveBeenApplied == row.mayHaveBeenApplied)
    }

    @Test func nothingIsWrittenWhereTheCheckBeforeItFails() async throws {
        let sender = ScriptedSender([Self.config("/v1", "A")])
        let update = OriginPathUpdate(
            distribution: "E1", origin: "site", path: try OriginPath("/v2"), before: "/v1")
        let error = await #expect(throws: LeaseLost.self) {
            try await update.apply(CloudFrontClient(sender: sender)) { throw LeaseLost(Resource(url: "s3://b/p")) }
        }
        #expect(error?.code == "lease-lost" && sender.operations == ["GetDistributionConfig"])
    }

    @Test func aFenceWritesWhatItRead() async throws {
        let sender = ScriptedSender([
            Self.config("/v1", "A"), Self.refusal(412, "PreconditionFailed"), Self.config("/v2", "B"),
            .response(200, ["etag": "C"]),
        ])
        let fenced = try await CloudFrontClient(sender: sender).fence("E1")
        #expect(fenced.config.origins.map(\.path) == ["/v2"] && fenced.config.etag == "C" && fenced.isFence)
        #expect(sender.calls[3].headers["if-match"] == "B" && sender.calls[3].bodyText.contains(">/v2<"))
    }

    /// A write that rests on the ETag from before would still be accepted.
    @Test func aWriteThatLeavesTheETagIsNoFence() async throws {
        let sender = ScriptedSender([Self.config("/v1", "A"), .response(200, ["etag": "A"])])
        #expect(try await !CloudFrontClient(sender: sender).fence("E1").isFence)
    }

    @Test func eachBatchIsCompletedBeforeTheNext() async throws {
        func invalidation(_ id: String, _ status: String) -> ScriptedSender.Reply {
            .response(200, [:], "<Invalidation><Id>\(id)</Id><Status>\(status)</Status></Invalidation>")
        }
        let sender = ScriptedSender([
            invalidation("I1", "InProgress"), invalidation("I1", "Completed"), invalidation("I2", "InProgress"),
        ])
        let plan = InvalidationPlan(
            try (1...20).map { try InvalidationPath(pattern: "/\($0)/*") }, reference: "run/step", maximum: 3_000)
        let last = try await CloudFrontClient(sender: sender).invalidate(
            plan, on: "E1", waitsForLast: false, CloudFrontPoller(clock: TestClock()))
        #expect(last?.id == "I2")
        #expect(sender.operations == ["CreateInvalidation", "GetInvalidation", "CreateInvalidation"])
        #expect(sender.calls[2].bodyText.contains("<CallerReference>run/step/2</CallerReference>"))
        #expect(plan.text == "20 paths")
    }

    @Test(arguments: ["", "E 1", "https://E1", "distribution/E1", "É"])
    func anIDIsLettersAndDigits(_ text: String) {
        #expect(throws: CloudFrontError.self) { try DistributionID(text) }
    }
}
