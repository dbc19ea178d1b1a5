import AWS
import MirrorStep
import PipelineKit
import PruneStep
import Releases
import SyncStep
import TestSupport
import Testing

extension S3FaultTests {
    /// Servers that refuse to delete many objects in one call.
    @Suite struct DeletionFaultTests {
        static let refusals = [(400, "MissingContentMD5"), (405, "MethodNotAllowed"), (501, "NotImplemented")]

        /// Runs `body` against a server that refuses so, and says how often it did.
        private func refusing(
            _ status: Int, _ code: String, body: (BucketFixture) async throws -> Void
        ) async throws -> Int {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                let rule =
                    #"{"fault": "answer", "method": "POST", "path": "[?&]delete", "status": \#(status), "#
                    + #""body": "<Error><Code>\#(code)</Code></Error>"}"#
                try await bucket.aws.hurt("CHAOS_S3_URL", rule)
                try await body(bucket)
                let met = try await bucket.aws.met("CHAOS_S3_URL")
                try await bucket.aws.hurt("CHAOS_S3_URL")
                return met
            }
        }

        private func context(_ bucket: BucketFixture, run: String = "run-1") throws -> StepContext {
            var context = try bucket.context(run: run)
            // As in a run, whose steps share what one of them has learnt.
            context[AWSClientsKey.self] = AWSClients()
            return context
        }

        @Test(arguments: refusals)
        func aReleaseIsPruned(_ status: Int, _ code: String) async throws {
            let met = try await refusing(status, code) { bucket in
                for version in ["v1", "v2", "v3"] {
                    let files = ["index.html": version, "shared": "s"]
                    _ = try await bucket.deploy(version, try bucket.site.site(version, files), run: "run-\(version)")
                }
                let store = "s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)"
                let step = try Prune(
                    .test(["store": .text(store), "keep": .integer(1), "min-age": .text("0s")]))
                let output = try await perform(step, in: try context(bucket))
                #expect(output.deleted >= 1)
                #expect(try await bucket.keys("releases/v1/") == [])
                #expect(try await bucket.keys(".runner/trash/") == [])
                #expect(try await bucket.keys("releases/v3/") == ["index.html", "shared"])
            }
            #expect(met == 1)
        }

        @Test(arguments: refusals)
        func aMirrorDeletesWhatIsNotWanted(_ status: Int, _ code: String) async throws {
            let met = try await refusing(status, code) { bucket in
                for name in ["old", "older"] { try await bucket.put(name, "m/\(name)") }
                var options = Mirror.Options()
                options.assets = try bucket.site.site("one", ["new": "n"])
                options.to = .bucket(name: bucket.aws.s3.bucket, prefix: bucket.prefix + "/m")
                options.delete = true
                let output = try await perform(Mirror(options), in: try context(bucket))
                #expect(output.deleted == 2)
                #expect(try await bucket.keys("m/") == ["new"])
            }
            #expect(met == 1)
        }

        @Test(arguments: refusals)
        func anUploadIsTakenBack(_ status: Int, _ code: String) async throws {
            let met = try await refusing(status, code) { bucket in
                let step = try bucket.sync("v1", try bucket.site.site("one", ["a": "a", "b/c": "c"]))
                let context = try context(bucket)
                let state = try #require(try await before(step, in: context))
                _ = try await step.run(from: state, in: context)
                try await step.rollback(to: state, in: context)
                #expect(try await bucket.keys() == [".runner/store.json"])
            }
            #expect(met == 1)
        }
    }
}
