import AWS
import PipelineKit
import TestSupport
import Testing

/// CloudFront behind a proxy that breaks calls and replies.
@Suite(.ownFaultProxies) struct CloudFrontFaultTests {
    private func hurt(
        _ rule: String, body: (LocalAWS, _ distribution: String) async throws -> Void
    ) async throws {
        try await LocalAWS.with(cloudFront: "CHAOS_CLOUDFRONT_URL") { aws in
            try await aws.hurt("CHAOS_CLOUDFRONT_URL")
            let id = try await aws.makeDistribution()
            try await aws.hurt("CHAOS_CLOUDFRONT_URL", rule)
            try await body(aws, id)
        }
    }

    @Test(arguments: ["lost-reply", "reset-after-body", "internal", "slowdown", "conflict", "html-502", "truncate"])
    func anUpdateThatBreaksOnceSetsThePathOnce(_ fault: String) async throws {
        try await hurt(#"{"fault": "\#(fault)", "method": "PUT", "first": 1}"#) { aws, id in
            let update = OriginPathUpdate(
                distribution: id, origin: "site", path: try OriginPath("/v2"), before: "/releases/v1")
            let result = try await update.apply(aws.cloudFront)
            let config = try await aws.cloudFront.getDistributionConfig(id)
            #expect(result.hasWritten && config.etag == result.etag)
            #expect(config.origins.map(\.path) == ["/v2", "/prod"])
        }
    }

    @Test(arguments: ["truncate", "slowdown", "unavailable", "reset-before-body"])
    func aConfigurationThatBreaksOnceIsReadAgain(_ fault: String) async throws {
        try await hurt(#"{"fault": "\#(fault)", "method": "GET", "first": 2}"#) { aws, id in
            let config = try await aws.cloudFront.getDistributionConfig(id)
            #expect(config.origins.count == 2)
        }
    }

    @Test(arguments: ["lost-reply", "unavailable", "truncate"])
    func anInvalidationWhoseReplyIsLostIsMadeOnce(_ fault: String) async throws {
        try await hurt(#"{"fault": "\#(fault)", "method": "POST", "first": 2}"#) { aws, id in
            let batch = InvalidationPlan.Batch(
                paths: [try InvalidationPath(pattern: "/a b")], callerReference: "run/step/1")
            guard case .accepted(let first) = try await aws.cloudFront.createInvalidation(batch, on: id),
                case .accepted(let second) = try await aws.cloudFront.createInvalidation(batch, on: id)
            else {
                Issue.record("the quota was used up")
                return
            }
            #expect(first.id == second.id)
        }
    }

    @Test func noPermissionSaysWhich() async throws {
        try await hurt(#"{"fault": "denied", "method": "PUT"}"#) { aws, id in
            let update = OriginPathUpdate(
                distribution: id, origin: "site", path: try OriginPath("/v2"), before: "/releases/v1")
            let error = await #expect(throws: AWSError.self) { try await update.apply(aws.cloudFront) }
            #expect(error?.help?.contains("cloudfront:UpdateDistribution") == true)
        }
    }
}
