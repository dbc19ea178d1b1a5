import AWS
import PipelineKit
import Releases
import SwitchOriginStep
import TestSupport
import Testing

/// Each fault is noticed before anything is changed, and the error says what to type next.
@Suite struct DistributionRefusalTests {
    private static let secondOrigin: @Sendable (String) -> String = { config in
        config.replacing("api.example.com", with: "other-bucket.s3.eu-west-1.amazonaws.com")
    }

    private func refusal(
        _ fields: [String: Value] = [:], change: (String) -> String = { $0 }
    ) async throws -> (any DescribedError)? {
        try await DistributionFixture.with(change: change) { site in
            try await site.release("v1")
            let error = await describedError {
                _ = try await site.switchOrigin("v1", fields).prepare(in: try site.context())
            }
            #expect(try await site.path() == "/old")
            #expect(try await site.records() == [])
            return error
        }
    }

    @Test func severalOriginsAndNoName() async throws {
        let error = try await refusal(change: Self.secondOrigin)
        #expect(error?.code == "several-s3-origins")
        #expect(error?.message.contains("site (site-bucket.s3.us-east-1.amazonaws.com/old)") == true)
        #expect(error?.message.contains("api (other-bucket.s3.eu-west-1.amazonaws.com/prod)") == true)
        #expect(error?.help?.contains("`origin`") == true)
    }

    @Test func theNamedOneOfSeveralIsSwitched() async throws {
        try await DistributionFixture.with(change: Self.secondOrigin) { site in
            try await site.release("v1")
            let step = try site.switchOrigin("v1", ["origin": "site"])
            _ = try await perform(step, in: try site.context())
            let origins = try await site.aws.cloudFront.getDistributionConfig(site.distribution).origins
            #expect(origins.map(\.path) == ["/\(site.prefix)/releases/v1", "/prod"])
        }
    }

    @Test func anOriginOfAnotherBucket() async throws {
        let error = try await refusal(["origin": "api"], change: Self.secondOrigin)
        #expect(error?.code == "foreign-origin")
        #expect(error?.message.contains("other-bucket") == true && error?.message.contains("site-bucket") == true)
    }

    @Test func anUnknownOrigin() async throws {
        let error = try await refusal(["origin": "sight"])
        #expect(error?.code == "unknown-origin" && error?.message.contains("site (site-bucket") == true)
    }

    @Test func anUnknownDistribution() async throws {
        let error = try await refusal(["distribution": "ENOBODYS00000"])
        #expect(error?.code == "aws-no-such-distribution" && error?.message.contains("ENOBODYS00000") == true)
        #expect(error?.help?.contains("aws cloudfront list-distributions") == true)
    }

    @Test func anUnknownBucket() async throws {
        let error = try await refusal(["store": "s3://nobodys-bucket/site", "origin": "site"])
        #expect(error?.code == "foreign-origin")
    }
}
