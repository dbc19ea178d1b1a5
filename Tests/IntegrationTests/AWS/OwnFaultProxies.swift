import TestSupport
import Testing

/// Gives each test fault proxies of its own, in place of the bed's, with nothing to hurt at first.
struct OwnFaultProxies: TestTrait, SuiteTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await FaultProxies.withOwn {
            try await LocalAWS.with { aws in
                for proxy in ["CHAOS_S3_URL", "CHAOS_CLOUDFRONT_URL"] { try await aws.hurt(proxy) }
            }
            try await body()
        }
    }
}

extension Trait where Self == OwnFaultProxies {
    static var ownFaultProxies: Self { Self() }
}
