import AWS
import PipelineKit
import Releases
import SwitchOriginStep
import TestSupport
import Testing

extension S3FaultTests {
    /// The one conditional write of a deploy: the record of a switch, which never replaces that of another switch.
    @Suite struct RecordCallTests {
        private static let selectors = #""method": "PUT", "header": "if-none-match""#

        private func context(_ site: DistributionFixture, run: String) throws -> StepContext {
            var context = try site.context(run: run)
            context.environment["AWS_ENDPOINT_URL_S3"] = site.aws.bed.url("CHAOS_S3_URL")
            return context
        }

        @Test func onceOfEveryFault() async throws {
            try await DistributionFixture.with { site in
                try await site.aws.hurt("CHAOS_S3_URL")
                try await site.release("v0")
                try await site.deploy("v0", run: "run-0")
                var table = FaultTable(calls: 1)
                var live = "/releases/v0"
                for (index, fault) in ProxyFaults.all.enumerated() {
                    let (version, run) = ("v\(index + 1)", "run-\(100 + index)")
                    try await site.release(version)
                    try await site.aws.hurt("CHAOS_S3_URL", ProxyFaults.rule(fault, Self.selectors))
                    let step = try site.switchOrigin(version, ["invalidate-on-rollback": "off"])
                    let code = await errorCode { _ = try await perform(step, in: try context(site, run: run)) }
                    table.add(fault, code, calls: try await site.aws.met("CHAOS_S3_URL"))
                    try await site.aws.hurt("CHAOS_S3_URL")
                    if code == nil { live = "/releases/\(version)" }
                    #expect(try await site.path() == live, "\(fault)")
                    let name = "\(run).distribution-\(site.distribution)-site.json"
                    #expect(try await site.records().contains(name) == (code == nil), "\(fault)")
                }
                #expect(
                    table.lines == [
                        "aws-access-denied: denied", "aws-expired-token: expired-token", "aws-never-heard-of: strange",
                        "aws-request-time-too-skewed: skew",
                        "done, with one more call: slowdown internal unavailable conflict request-timeout quota html-502 "
                            + "reset-before-body reset-after-body lost-reply",
                        "done: truncate stall stall-body corrupt latency", "s3-unexpected-reply: error-200",
                    ])
            }
        }

        /// No reply ever comes, and a look shows that the record is there.
        @Test func aReplyThatNeverComesIsSuccessAllTheSame() async throws {
            try await DistributionFixture.with { site in
                try await site.release("v1")
                try await site.aws.hurt("CHAOS_S3_URL", ProxyFaults.rule("lost-reply", Self.selectors, first: nil))
                _ = try await perform(try site.switchOrigin("v1"), in: try context(site, run: "run-1"))
                #expect(try await site.aws.met("CHAOS_S3_URL") >= 3)
                try await site.aws.hurt("CHAOS_S3_URL")
                #expect(try await site.path() == "/releases/v1")
                #expect(try await site.records().count == 1)
            }
        }

        @Test func theRecordOfAnotherSwitchStays() async throws {
            try await DistributionFixture.with { site in
                try await site.release("v1", "v2")
                try await site.deploy("v1", run: "run-1")
                let error = await describedError { try await site.deploy("v2", run: "run-1") }
                #expect(error?.code == "switched-before")
                #expect(error?.message.contains("says that it has switched it to v1 at ") == true)
                #expect(try await site.path() == "/releases/v1")
                #expect(try await site.store.deployments().map(\.version.name) == ["v1"])
            }
        }
    }
}
