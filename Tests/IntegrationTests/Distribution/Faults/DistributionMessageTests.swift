import AWS
import PipelineKit
import TestSupport
import Testing

extension CloudFrontFaultTests {
    /// What a step says of a fault that does not pass: what happened, where, why, and what to do.
    @Suite struct DistributionMessageTests {
        struct Row: Sendable, CustomTestStringConvertible {
            var call: DistributionCall
            var fault: String
            /// In full. `ID` stands for the distribution's id.
            var message: String
            var help: String

            var testDescription: String { "\(call.name), \(fault)" }
        }

        private static let get = DistributionCall.switchOrigin(
            "GetDistributionConfig", #""method": "GET", "path": "/config$""#)
        private static let update = DistributionCall.switchOrigin(
            "UpdateDistribution", #""method": "PUT", "path": "/config$""#)
        private static let create = DistributionCall.invalidate(
            "CreateInvalidation", #""method": "POST", "path": "/invalidation$""#)

        private static func denied(_ call: DistributionCall, _ name: String) -> Row {
            Row(
                call: call, fault: "denied",
                message: "CloudFront refused \(name) of distribution/ID: AccessDenied "
                    + "(User is not authorized to perform this action), status 403, request CHAOS",
                help:
                    "allow cloudfront:\(name) on arn:aws:cloudfront::<account>:distribution/ID in the policy of the role or "
                    + "user that runs this")
        }

        static let rows = [
            denied(get, "GetDistributionConfig"), denied(update, "UpdateDistribution"),
            denied(.getDistribution, "GetDistribution"), denied(create, "CreateInvalidation"),
            Row(
                call: update, fault: "expired-token",
                message: "CloudFront refused UpdateDistribution of distribution/ID: ExpiredToken "
                    + "(The security token included in the request is expired), status 403, request CHAOS",
                help: "sign in again, or let the job ask for credentials that live longer"),
            Row(
                call: update, fault: "strange",
                message: "CloudFront refused UpdateDistribution of distribution/ID: NeverHeardOf "
                    + "(Nobody has documented this.), status 418, request CHAOS",
                help: "look the code up: https://docs.aws.amazon.com/cloudfront/latest/APIReference/CommonErrors.html"),
            Row(
                call: get, fault: "error-200",
                message: "the reply to GetDistributionConfig of distribution/ID is not usable: "
                    + "the reply has no ETag",
                help: "check that the endpoint is the intended service, and not a proxy or a web page"),
        ]

        @Test(arguments: rows)
        func always(_ row: Row) async throws {
            try await DistributionFixture.with(rules: []) { site in
                try await site.release("v1")
                try await site.hurt([ProxyFaults.rule(row.fault, row.call.selectors, first: nil)])
                let error = await describedError { try await row.call.step(site, 1) }
                // A refusal is told to the user at once, and is not asked for again.
                #expect(try await site.aws.met("CHAOS_CLOUDFRONT_URL") == 1)
                try await site.hurt([])
                func plain(_ text: String?) -> String? { text?.replacing(site.distribution, with: "ID") }
                #expect(plain(error?.message) == row.message)
                #expect(plain(error?.help) == row.help)
                #expect(try await site.path() == "/old")
                #expect(try await site.records() == [])
            }
        }
    }
}
