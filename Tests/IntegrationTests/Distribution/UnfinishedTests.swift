import PipelineKit
import TestSupport
import Testing

extension CloudFrontFaultTests {
    /// A CloudFront that gives no answer to invalidations.
    @Suite struct UnfinishedTests {
        /// `pipelines/deploy.yml`, with less patience at `invalidate`.
        private func deploy(_ site: DeployedSite, _ policy: String = "", switching: String = "") throws {
            let text = try site.project.text("deploy.yml")
                .replacing(
                    "  - uses: invalidate\n",
                    with: "  - { uses: invalidate, timeout: 3s, retry: { attempts: 1 }\(policy) }\n"
                )
                .replacing(
                    "  - uses: switch-origin\n    with:\n", with: "  - uses: switch-origin\n    with:\n\(switching)")
            try site.project.folder.write(text, to: "impatient.yml")
        }

        private func withV1(_ body: (DeployedSite) async throws -> Void) async throws {
            try await DeployedSite.with(cloudFront: "CHAOS_CLOUDFRONT_URL") { site in
                try await site.aws.hurt("CHAOS_CLOUDFRONT_URL")
                try await site.write("v1", changed: 3)
                let first = try await site.run("deploy.yml")
                #expect(first.code == 0, "\(first.error)")
                try await site.write("v2", changed: 3)
                try await body(site)
                try await site.aws.hurt("CHAOS_CLOUDFRONT_URL")
            }
        }

        @Test(arguments: ["unavailable", "quota"]) func theReleaseStaysLiveAndResumeDoesTheRest(fault: String)
            async throws
        {
            try await withV1 { site in
                try deploy(site)
                let refusal = #"{"fault": "\#(fault)", "method": "POST", "path": "/invalidation"}"#
                try await site.aws.hurt("CHAOS_CLOUDFRONT_URL", refusal)
                let said = try await site.run("impatient.yml")
                #expect(said.code == 4, "\(said.error)")
                #expect(try await site.path() == "/releases/v2")
                // What came after it was done.
                #expect(said.error.contains("  ok  smoke-1  "), "\(said.error)")
                #expect(said.error.contains("  LATER  invalidate-1  "), "\(said.error)")
                let run = try #require(try site.project.runs().first)
                #expect(
                    said.error.contains(
                        "until it is done, edges of \(site.distribution) may serve what they had cached of `/*`: each file until"
                    ))
                #expect(said.error.contains("to do what is missing: runner resume RUN\n"), "\(said.error)")
                #expect(try await site.runner("runs").output.contains("RUN  live, unfinished  AGE  TIME  deploy"))
                let show = try await site.runner("show")
                #expect(show.output.contains("\ninvalidate-1  not done  TIME  1  "), "\(show.output)")
                #expect(show.output.hasSuffix(": runner resume RUN\n"), "\(show.output)")

                // The command that it prints works; as long as there is no answer, nothing is taken back.
                let again = try await site.runner("resume", run)
                #expect(again.code == 4, "\(again.error)")
                #expect(try await site.path() == "/releases/v2")
                let made = try await site.outside("invalidations", site.distribution).count
                try await site.aws.hurt("CHAOS_CLOUDFRONT_URL")
                let done = try await site.runner("resume", run)
                #expect(done.code == 0, "\(done.error)")
                #expect(try await site.outside("invalidations", site.distribution).count == made + 1)
                #expect(try await site.runner("runs").output.contains("RUN  succeeded  AGE  TIME  deploy"))
                #expect(try await site.runner("recover").error.hasPrefix("nothing to recover in "))
            }
        }

        @Test func recoverDoesItToo() async throws {
            try await withV1 { site in
                try deploy(site)
                try await site.aws.hurt(
                    "CHAOS_CLOUDFRONT_URL", #"{"fault": "unavailable", "method": "POST", "path": "/invalidation"}"#)
                #expect(try await site.run("impatient.yml").code == 4)
                #expect(try await site.runner("recover").code == 4)
                try await site.aws.hurt("CHAOS_CLOUDFRONT_URL")
                let said = try await site.runner("recover")
                #expect(said.code == 0, "\(said.error)")
                #expect(try await site.path() == "/releases/v2")
            }
        }

        @Test func whoeverInsistsGoesBack() async throws {
            try await withV1 { site in
                try deploy(
                    site, ", on-failure: rollback", switching: "      invalidate-on-rollback: off\n")
                try await site.aws.hurt(
                    "CHAOS_CLOUDFRONT_URL", #"{"fault": "unavailable", "method": "POST", "path": "/invalidation"}"#)
                let said = try await site.run("impatient.yml")
                #expect([1, 124].contains(said.code), "\(said.error)")
                #expect(try await site.path() == "/releases/v1")
                #expect(!said.error.contains("undone  invalidate-1"), "\(said.error)")
            }
        }

        @Test func whatIsRefusedIsAFailure() async throws {
            try await withV1 { site in
                try deploy(site, switching: "      invalidate-on-rollback: off\n")
                try await site.aws.hurt(
                    "CHAOS_CLOUDFRONT_URL", #"{"fault": "denied", "method": "POST", "path": "/invalidation"}"#)
                let said = try await site.run("impatient.yml")
                #expect(said.code == 1, "\(said.error)")
                #expect(try await site.path() == "/releases/v1")
            }
        }
    }
}
