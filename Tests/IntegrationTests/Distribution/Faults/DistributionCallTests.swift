import AWS
import PipelineKit
import TestSupport
import Testing

extension CloudFrontFaultTests {
    /// Every fault of the proxy on every kind of call that steps make of CloudFront.
    @Suite struct DistributionCallTests {
        private static func usual(_ others: [String: String] = [:]) -> [String] {
            let usual = [
                "aws-access-denied": "denied", "aws-expired-token": "expired-token", "aws-never-heard-of": "strange",
                "aws-precondition-failed": "conflict", "aws-request-expired": "request-timeout",
                "aws-signature-does-not-match": "skew", "aws-too-many-invalidations-in-progress": "quota",
                "done": "stall stall-body latency",
                "done, with one more call":
                    "slowdown internal unavailable html-502 reset-before-body reset-after-body lost-reply truncate",
                "xml-malformed": "corrupt", "xml-unexpected": "error-200",
            ]
            return usual.merging(others) { $1 }.filter { !$1.isEmpty }.map { "\($0): \($1)" }.sorted()
        }

        private static let polling = usual([
            "done, with one more call": "",
            "done":
                "slowdown internal unavailable html-502 reset-before-body reset-after-body lost-reply truncate stall stall-body latency",
        ])

        static let rows: [(DistributionCall, [String])] = [
            (.switchOrigin("GetDistributionConfig", #""method": "GET", "path": "/config$""#), usual()),
            (
                .switchOrigin("UpdateDistribution", #""method": "PUT", "path": "/config$""#),
                // A look at the distribution shows what a 412 is about. Of the call's own reply only the ETag counts.
                usual([
                    "aws-precondition-failed": "", "xml-malformed": "", "done": "stall stall-body corrupt latency",
                    "done, with one more call":
                        "slowdown internal unavailable conflict html-502 reset-before-body reset-after-body lost-reply truncate",
                ])
            ),
            (.getDistribution, polling),
            (
                .invalidate("CreateInvalidation", #""method": "POST", "path": "/invalidation$""#),
                usual([
                    "aws-too-many-invalidations-in-progress": "",
                    "done, with one more call":
                        "slowdown internal unavailable quota html-502 reset-before-body reset-after-body lost-reply truncate",
                ])
            ),
            (
                .invalidate("GetInvalidation", #""method": "GET", "path": "/invalidation/I""#, isPolling: true),
                polling
            ),
        ]

        /// Each fault happens once.
        @Test(arguments: rows)
        func once(_ call: DistributionCall, _ expected: [String]) async throws {
            try await DistributionFixture.with(rules: []) { site in
                try await site.release("v0")
                try await site.hurt([ProxyFaults.rule("latency", call.selectors, first: nil)])
                try await site.deploy("v0", run: "run-999")
                if !call.selectors.contains("config") { try await call.step(site, 0) }
                var table = FaultTable(calls: try await site.aws.met("CHAOS_CLOUDFRONT_URL"))
                for (index, fault) in ProxyFaults.all.enumerated() {
                    let number = index + 1
                    try await site.release("v\(number)")
                    try await site.hurt([ProxyFaults.rule(fault, call.selectors)])
                    let code = await errorCode { try await call.step(site, number) }
                    let calls = try await site.aws.met("CHAOS_CLOUDFRONT_URL")
                    try await site.hurt([])
                    table.add(fault, code, calls: call.isPolling ? nil : calls)
                    #expect(try await call.faults(site, number, code == nil) == [], "\(fault)")
                }
                #expect(table.lines == expected)
            }
        }
    }
}
