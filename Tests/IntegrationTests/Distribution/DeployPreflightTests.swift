import PipelineKit
import TestSupport
import Testing

/// A whole deploy to a distribution that cannot be switched.
@Suite struct DeployPreflightTests {
    @Test func endsBeforeAReleaseIsUploaded() async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 3)
            let said = try await site.run("deploy.yml", "-i", "distribution=ENOBODYS00000")
            #expect(said.code == 1, "\(said.error)")
            #expect(said.error.contains("step `switch-origin-1` failed: CloudFront refused GetDistributionConfig of "))
            #expect(said.error.contains("distribution/ENOBODYS00000: NoSuchDistribution"))
            #expect(said.error.contains("there was nothing to restore"))
            #expect(!said.error.contains("sync-1"))
            #expect(try await site.listing("releases/") == [])
        }
    }
}
