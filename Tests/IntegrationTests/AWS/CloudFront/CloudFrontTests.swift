import AWS
import HTTP
import PipelineKit
import TestSupport
import Testing

/// CloudFront as the test bed's simulator speaks it: strict about ETags, quotas and paths.
@Suite struct CloudFrontTests {
    private let wait = CloudFrontPoller(
        clock: SystemClock(), poll: Poll(initial: .milliseconds(50), maximum: .milliseconds(200)))

    @Test func onePathChangesAndNothingElse() async throws {
        try await LocalAWS.with { aws in
            let id = try await aws.makeDistribution()
            let before = try await aws.cloudFront.getDistributionConfig(id)
            #expect(try before.origin(named: nil).path == "/releases/v1")
            let update = OriginPathUpdate(
                distribution: id, origin: "site", path: try OriginPath("/releases/v2"), before: "/releases/v1")
            let result = try await update.apply(aws.cloudFront)
            #expect(result.hasWritten)
            _ = try await aws.cloudFront.waitUntilDeployed(id, wait)

            let after = try await aws.cloudFront.getDistributionConfig(id)
            #expect(after.etag == result.etag && after.etag != before.etag)
            let texts = [before, after].map { String(decoding: $0.bytes, as: UTF8.self) }
            #expect(texts[1] == texts[0].replacing(">/releases/v1<", with: ">/releases/v2<"))
            #expect(try await update.apply(aws.cloudFront).hasWritten == false)
        }
    }

    @Test func aStaleETagIsRefused() async throws {
        try await LocalAWS.with { aws in
            let id = try await aws.makeDistribution()
            let config = try await aws.cloudFront.getDistributionConfig(id)
            let bytes = try config.replacingOriginPath(ofOrigin: "site", with: OriginPath("/v2"))
            let first = try await aws.cloudFront.updateDistribution(id, config: bytes, ifMatch: config.etag)
            guard case .updated = first else {
                Issue.record("\(first)")
                return
            }
            for etag in [config.etag, "ENOBODY"] {
                let outcome = try await aws.cloudFront.updateDistribution(id, config: bytes, ifMatch: etag)
                #expect(outcome == .stale(mayHaveBeenApplied: false))
            }

            let late = OriginPathUpdate(
                distribution: id, origin: "site", path: try OriginPath("/v3"), before: "/releases/v1")
            let error = await #expect(throws: CloudFrontError.self) { try await late.apply(aws.cloudFront) }
            #expect(error?.kind == .changedByOthers)
        }
    }

    @Test func invalidationsAreMadeOnceAndEnd() async throws {
        try await LocalAWS.with { aws in
            let id = try await aws.makeDistribution()
            let keys = [
                "index.html", "a b~c", "日本語/ページ.html", "100%", "a+b&c", "q?x#y", "<\"'>", "cafe\u{301}", "st*",
            ]
            let plan = InvalidationPlan(
                try keys.map { try InvalidationPath(pattern: "/" + $0) }, reference: "run-1/invalidate", maximum: 100)
            let batch = try #require(plan.batches.first)
            let made = try await aws.cloudFront.createInvalidation(batch, on: id, wait)
            let again = try await aws.cloudFront.createInvalidation(batch, on: id, wait)
            #expect(made.id == again.id && made.callerReference == "run-1/invalidate/1")
            #expect(try await aws.cloudFront.waitUntilCompleted(made.id, on: id, wait).isCompleted)
        }
    }

    @Test func otherPathsUnderTheSameReferenceAreReported() async throws {
        try await LocalAWS.with { aws in
            let id = try await aws.makeDistribution()
            for (number, key) in ["a", "b"].enumerated() {
                let batch = InvalidationPlan.Batch(
                    paths: [try InvalidationPath(pattern: "/" + key)], callerReference: "same")
                if number == 0 {
                    _ = try await aws.cloudFront.createInvalidation(batch, on: id)
                } else {
                    let error = await #expect(throws: AWSError.self) {
                        try await aws.cloudFront.createInvalidation(batch, on: id)
                    }
                    #expect(error?.serviceCode == "InvalidationBatchAlreadyExists")
                }
            }
        }
    }

    @Test func anUnknownDistributionIsNamed() async throws {
        try await LocalAWS.with { aws in
            let error = await #expect(throws: AWSError.self) {
                try await aws.cloudFront.getDistributionConfig("ENOBODYS00000")
            }
            #expect(error?.serviceCode == "NoSuchDistribution" && error?.message.contains("ENOBODYS00000") == true)
        }
    }

    /// moto spells the end of an invalidation in capitals.
    @Test func anotherServersSpellingOfCompletedIsUnderstood() async throws {
        try await LocalAWS.with(cloudFront: "MOTO_URL") { aws in
            let id = try await aws.makeDistribution()
            let batch = InvalidationPlan.Batch(paths: [.everything], callerReference: "r")
            let made = try await aws.cloudFront.createInvalidation(batch, on: id, wait)
            #expect(try await aws.cloudFront.waitUntilCompleted(made.id, on: id, wait).isCompleted)
            #expect(try await aws.cloudFront.getDistribution(id).isDeployed)
        }
    }
}
