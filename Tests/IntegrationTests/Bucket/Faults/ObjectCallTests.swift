import AWS
import ObjectStorage
import PipelineKit
import TestSupport
import Testing

extension S3FaultTests {
    /// Every fault of the proxy on every kind of call that steps make of S3.
    @Suite struct ObjectCallTests {
        private static let denied = #"{"fault": "denied", "method": "PUT", "path": "partNumber=2"}"#

        /// How most calls end; those of other calls are named.
        private static func usual(_ others: [String: String] = [:]) -> [String] {
            let passing =
                "slowdown internal unavailable request-timeout quota html-502 reset-before-body reset-after-body lost-reply"
            let usual = [
                "aws-access-denied": "denied", "aws-conditional-request-conflict": "conflict",
                "aws-expired-token": "expired-token", "aws-never-heard-of": "strange",
                "aws-request-time-too-skewed": "skew", "done, with one more call": passing,
            ]
            return usual.merging(others) { $1 }.filter { !$1.isEmpty }.map { "\($0): \($1)" }.sorted()
        }

        /// A reply without a document: what comes after its headers does not matter.
        private static let withoutDocument = usual([
            "done": "truncate stall stall-body corrupt latency", "s3-unexpected-reply": "error-200",
        ])
        private static let again =
            "slowdown internal unavailable request-timeout quota html-502 reset-before-body reset-after-body lost-reply truncate"
        private static let withDocument = usual([
            "done": "stall stall-body latency", "done, with one more call": again, "xml-malformed": "corrupt",
            "xml-unexpected": "error-200",
        ])
        /// An `<Error>` in a 200 is an error like any other.
        private static let withLateError = usual([
            "done": "stall stall-body latency", "xml-malformed": "corrupt",
            "done, with one more call": again.replacing("html", with: "error-200 html"),
        ])

        /// A write that the store could not decide about is retried.
        private static let conditional = usual([
            "aws-conditional-request-conflict": "", "done": "truncate stall stall-body corrupt latency",
            "done, with one more call":
                "slowdown internal unavailable conflict request-timeout quota html-502 reset-before-body reset-after-body lost-reply",
            "s3-unexpected-reply": "error-200",
        ])

        static let rows: [(ObjectCall, [String])] = [
            (.sync("PutObject", #""method": "PUT", "path": "/releases/.*/small$""#), conditional),
            (.sync("PutObject of the manifest", #""method": "PUT", "path": "/incoming/""#), conditional),
            (
                .sync("CopyObject", #""header": "x-amz-copy-source", "path": "/same$""#),
                // If the store could not decide about a copy, the file is sent.
                usual([
                    "aws-conditional-request-conflict": "", "done": "conflict stall stall-body latency",
                    "xml-malformed": "corrupt",
                    "done, with one more call": again.replacing("html", with: "error-200 html"),
                ])
            ),
            (.sync("CreateMultipartUpload", #""method": "POST", "path": "[?]uploads""#, withLarge: true), withDocument),
            (.sync("UploadPart", #""method": "PUT", "path": "partNumber=2""#, withLarge: true), withoutDocument),
            (
                .sync("CompleteMultipartUpload", #""method": "POST", "path": "uploadId=""#, withLarge: true),
                // A conflict restarts the upload.
                usual([
                    "done": "stall stall-body latency", "xml-malformed": "corrupt",
                    "aws-conditional-request-conflict": "",
                    "done, with one more call": again.replacing("request-timeout", with: "conflict request-timeout")
                        .replacing("html", with: "error-200 html"),
                ])
            ),
            (
                .sync(
                    "AbortMultipartUpload", #""method": "DELETE", "path": "uploadId=""#, withLarge: true,
                    besides: [denied]), ["aws-access-denied: " + ProxyFaults.all.joined(separator: " ")]
            ),
            (
                .sync("ListMultipartUploads", #""method": "GET", "path": "[?&]uploads""#),
                // Without the permission to list old uploads, they stay where they are.
                usual([
                    "aws-access-denied": "", "aws-request-time-too-skewed": "",
                    "done": "skew denied stall stall-body latency", "done, with one more call": again,
                    "xml-malformed": "corrupt", "xml-unexpected": "error-200",
                ])
            ),
            (
                .sync("HeadObject", #""method": "HEAD", "path": "/incoming/""#),
                // Without a document there is no code but the status. A 400 may be about the header that asks for a checksum.
                [
                    "aws-access-denied: skew denied", "aws-conflict: conflict", "aws-status418: strange",
                    "done, with one more call: slowdown internal unavailable expired-token request-timeout quota html-502 reset-before-body reset-after-body lost-reply",
                    "done: error-200 truncate stall stall-body corrupt latency",
                ]
            ),
            (
                .sync("GetObject", #""method": "GET", "path": "/manifests/v1""#),
                usual([
                    "done": "stall stall-body latency", "done, with one more call": again,
                    "bad-manifest": "error-200 corrupt",
                ])
            ),
            (.sync("ListObjectsV2", #""method": "GET", "path": "list-type=2.*releases""#), withDocument),
            (
                .sync("DeleteObject", #""method": "DELETE", "path": "/incoming/""#, mayBeComplete: true),
                usual(["done": "error-200 truncate stall stall-body corrupt latency"])
            ),
            (.deleteObjects, withLateError),
            (
                .getByRelease,
                usual([
                    "done": "stall stall-body latency", "done, with one more call": again,
                    "bad-record": "error-200 corrupt",
                ])
            ),
            (.putByLog, withoutDocument),
        ]

        /// Each fault happens once.
        @Test(arguments: rows)
        func once(_ call: ObjectCall, _ expected: [String]) async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                let aws = bucket.aws
                try await aws.hurt("CHAOS_S3_URL")
                let list = try bucket.site.site("first", ["same": "the same in all"])
                _ = try await bucket.deploy("v1", list, run: "run-1")
                try await aws.hurt("CHAOS_S3_URL", ProxyFaults.rule("latency", call.selectors, first: nil))
                try await call.step(FaultCase(bucket: bucket, number: 0))
                var table = FaultTable(calls: try await aws.met("CHAOS_S3_URL"))
                for (number, fault) in ProxyFaults.all.enumerated() {
                    let test = FaultCase(bucket: bucket, number: number + 1)
                    let rules = [ProxyFaults.rule(fault, call.selectors)] + call.besides
                    try await aws.hurt("CHAOS_S3_URL", rules.joined(separator: ","))
                    let code = await errorCode { try await call.step(test) }
                    let calls = try await aws.met("CHAOS_S3_URL")
                    try await aws.hurt("CHAOS_S3_URL")
                    table.add(fault, code, calls: calls)
                    #expect(try await call.faults(test, code == nil) == [], "\(fault)")
                }
                #expect(table.lines == expected)
            }
        }
    }
}
