import AWS
import ObjectStorage
import PipelineKit
import TestSupport
import Testing

extension S3FaultTests {
    /// What a step says of a fault that does not pass: what happened, where, why, and what to do.
    @Suite struct ObjectMessageTests {
        struct Row: Sendable, CustomTestStringConvertible {
            var call: ObjectCall
            var fault: String
            /// In full. `STORE` stands for the store's address, `SERVER` for the server's.
            var message: String
            var help: String?

            var testDescription: String { "\(call.name), \(fault)" }
        }

        private static let put = ObjectCall.sync("PutObject", #""method": "PUT", "path": "/releases/.*/small$""#)
        private static let part = ObjectCall.sync(
            "UploadPart", #""method": "PUT", "path": "partNumber=2""#, withLarge: true)
        private static let begin = ObjectCall.sync(
            "CreateMultipartUpload", #""method": "POST", "path": "[?]uploads""#, withLarge: true)
        private static let join = ObjectCall.sync(
            "CompleteMultipartUpload", #""method": "POST", "path": "uploadId=""#, withLarge: true)
        private static let copy = ObjectCall.sync("CopyObject", #""header": "x-amz-copy-source", "path": "/same$""#)
        private static let head = ObjectCall.sync("HeadObject", #""method": "HEAD", "path": "/incoming/""#)
        private static let get = ObjectCall.sync("GetObject", #""method": "GET", "path": "/manifests/v1""#)
        private static let list = ObjectCall.sync("ListObjectsV2", #""method": "GET", "path": "list-type=2.*releases""#)

        static let rows: [Row] = [
            Row(
                call: put, fault: "slowdown",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small after 3 attempts: SlowDown (Please reduce your request rate.), status 503, request CHAOS",
                help:
                    "run this again later; others use the object store at the same time, or the account's quota is low"),
            Row(
                call: put, fault: "internal",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small after 3 attempts: InternalError (We encountered an internal error. Please try again.), status 500, request CHAOS",
                help:
                    "run this again; if the error stays, check the status page of the service, and any proxy in between"
            ),
            Row(
                call: put, fault: "denied",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small: AccessDenied (Access Denied), status 403, request CHAOS",
                help: "allow s3:PutObject on STORE/releases/w1/small in the policy of the role or user that runs this"),
            Row(
                call: put, fault: "expired-token",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small: ExpiredToken (The provided token has expired.), status 400, request CHAOS",
                help: "sign in again, or let the job ask for credentials that live longer"),
            Row(
                call: put, fault: "skew",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small: RequestTimeTooSkewed (The request time differs too much from the current time.), status 403, request CHAOS",
                help: "set this machine's clock, as root with `timedatectl set-ntp true`"),
            Row(
                call: put, fault: "conflict",
                message:
                    "STORE/releases/w1/small could not be stored in 6 tries: something else writes it at the same time",
                help: "find out what else writes into the bucket, wait for it to end, then run this again"),
            Row(
                call: put, fault: "strange",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small: NeverHeardOf (Nobody has documented this.), status 418, request CHAOS",
                help: "look the code up: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"),
            Row(
                call: put, fault: "error-200",
                message: "PutObject of STORE/releases/w1/small: the reply has no ETag",
                help: "check that the endpoint is an S3 server, and try again"),
            Row(
                call: put, fault: "html-502",
                message:
                    "the object store refused PutObject of STORE/releases/w1/small after 3 attempts: Status502, status 502, request CHAOS",
                help:
                    "run this again; if the error stays, check the status page of the service, and any proxy in between"
            ),
            Row(
                call: put, fault: "reset-before-body",
                message:
                    "SERVER/STORE/releases/w1/small: 127.0.0.1 closed the connection before its reply was complete",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: put, fault: "lost-reply",
                message:
                    "SERVER/STORE/releases/w1/small: 127.0.0.1 closed the connection before its reply was complete",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: part, fault: "denied",
                message:
                    "the object store refused UploadPart of STORE/releases/w1/large: AccessDenied (Access Denied), status 403, request CHAOS",
                help: "allow s3:PutObject on STORE/releases/w1/large in the policy of the role or user that runs this"),
            Row(
                call: part, fault: "reset-after-body",
                message:
                    "SERVER/STORE/releases/w1/large: 127.0.0.1 closed the connection before its reply was complete",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: begin, fault: "denied",
                message:
                    "the object store refused CreateMultipartUpload of STORE/releases/w1/large: AccessDenied (Access Denied), status 403, request CHAOS",
                help: "allow s3:PutObject on STORE/releases/w1/large in the policy of the role or user that runs this"),
            Row(
                call: begin, fault: "lost-reply",
                message:
                    "SERVER/STORE/releases/w1/large: 127.0.0.1 closed the connection before its reply was complete",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: join, fault: "error-200",
                message:
                    "the object store refused CompleteMultipartUpload of STORE/releases/w1/large after 3 attempts: InternalError (We encountered an internal error. Please try again.), status 200, request CHAOS",
                help:
                    "run this again; if the error stays, check the status page of the service, and any proxy in between"
            ),
            Row(
                call: join, fault: "conflict",
                message:
                    "CompleteMultipartUpload of STORE/releases/w1/large: the store refused to join the parts 3 times",
                help: "wait until the other run has ended, then run this again"),
            Row(
                call: copy, fault: "error-200",
                message:
                    "the object store refused CopyObject of STORE/releases/w1/same after 3 attempts: InternalError (We encountered an internal error. Please try again.), status 200, request CHAOS",
                help:
                    "run this again; if the error stays, check the status page of the service, and any proxy in between"
            ),
            Row(
                call: copy, fault: "denied",
                message:
                    "the object store refused CopyObject of STORE/releases/w1/same: AccessDenied (Access Denied), status 403, request CHAOS",
                help:
                    "allow s3:GetObject and s3:PutObject on s3://BUCKET/* in the policy of the role or user that runs this"
            ),
            Row(
                call: copy, fault: "truncate",
                message: "SERVER/STORE/releases/w1/same: the reply of 127.0.0.1 is shorter than it announced",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: head, fault: "denied",
                message:
                    "the object store refused HeadObject of STORE/.runner/incoming/w1.jsonl: AccessDenied, status 403, request CHAOS",
                help:
                    "allow s3:GetObject on STORE/.runner/incoming/w1.jsonl in the policy of the role or user that runs this; without s3:ListBucket on the bucket, the store answers the same for a key that does not exist"
            ),
            Row(
                call: head, fault: "expired-token",
                message:
                    "the object store refused HeadObject of STORE/.runner/incoming/w1.jsonl: BadRequest, status 400, request CHAOS",
                help:
                    "the reply gives no reason: check with `aws sts get-caller-identity` whether the credentials have "
                    + "expired"),
            Row(
                call: get, fault: "denied",
                message:
                    "the object store refused GetObject of STORE/.runner/manifests/v1.jsonl: AccessDenied (Access Denied), status 403, request CHAOS",
                help:
                    "allow s3:GetObject on STORE/.runner/manifests/v1.jsonl in the policy of the role or user that runs this; without s3:ListBucket on the bucket, the store answers the same for a key that does not exist"
            ),
            Row(
                call: get, fault: "truncate",
                message: "SERVER/STORE/.runner/manifests/v1.jsonl: the reply of 127.0.0.1 is shorter than it announced",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: list, fault: "denied",
                message:
                    "the object store refused ListObjectsV2 of s3://BUCKET: AccessDenied (Access Denied), status 403, request CHAOS",
                help: "allow s3:ListBucket on s3://BUCKET in the policy of the role or user that runs this"),
            Row(
                call: list, fault: "html-502",
                message:
                    "the object store refused ListObjectsV2 of s3://BUCKET after 3 attempts: Status502, status 502, request CHAOS",
                help:
                    "run this again; if the error stays, check the status page of the service, and any proxy in between"
            ),
            Row(
                call: list, fault: "corrupt",
                message:
                    "the reply to ListObjectsV2 of s3://BUCKET is not usable: there is text outside the root element (byte 0)",
                help: "check that the endpoint is the intended service, and not a proxy or a web page"),
            Row(
                call: list, fault: "truncate",
                message: "SERVER/BUCKET/: the reply of 127.0.0.1 is shorter than it announced",
                help: "try again; if the error stays, look into the log of the server, or of a proxy in between"),
            Row(
                call: .deleteObjects, fault: "denied",
                message:
                    "the object store refused DeleteObjects of s3://BUCKET: AccessDenied (Access Denied), status 403, request CHAOS",
                help: "allow s3:DeleteObject on s3://BUCKET/* in the policy of the role or user that runs this"),
            Row(
                call: .deleteObjects, fault: "unavailable",
                message:
                    "the object store refused DeleteObjects of s3://BUCKET after 3 attempts: ServiceUnavailable (Reduce your request rate.), status 503, request CHAOS",
                help:
                    "run this again; if the error stays, check the status page of the service, and any proxy in between"
            ),
            Row(
                call: .getByRelease, fault: "denied",
                message:
                    "the object store refused GetObject of STORE/.runner/deployments/run-1.json: AccessDenied (Access Denied), status 403, request CHAOS",
                help:
                    "allow s3:GetObject on STORE/.runner/deployments/run-1.json in the policy of the role or user that runs this; without s3:ListBucket on the bucket, the store answers the same for a key that does not exist"
            ),
            Row(
                call: .putByLog, fault: "denied",
                message:
                    "the object store refused PutObject of STORE/.runner/deployments/run-1001.log.json: AccessDenied (Access Denied), status 403, request CHAOS",
                help:
                    "allow s3:PutObject on STORE/.runner/deployments/run-1001.log.json in the policy of the role or user that runs this"
            ),
        ]

        @Test(arguments: rows)
        func always(_ row: Row) async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                let aws = bucket.aws
                try await aws.hurt("CHAOS_S3_URL")
                let list = try bucket.site.site("first", ["same": "the same in all"])
                _ = try await bucket.deploy("v1", list, run: "run-1")
                let test = FaultCase(bucket: bucket, number: 1)
                try await aws.hurt("CHAOS_S3_URL", ProxyFaults.rule(row.fault, row.call.selectors, first: nil))
                let error = await describedError { try await row.call.step(test) }
                try await aws.hurt("CHAOS_S3_URL")
                func plain(_ text: String?) -> String? {
                    text?.replacing(test.address, with: "STORE").replacing(aws.bed.url("CHAOS_S3_URL"), with: "SERVER")
                        .replacing("\(aws.s3.bucket)/\(bucket.prefix)", with: "STORE")
                        .replacing(aws.s3.bucket, with: "BUCKET")
                }
                #expect(plain(error?.message) == row.message)
                #expect(plain(error?.help) == row.help)
                #expect(try await row.call.faults(test, false) == [])
            }
        }
    }
}
