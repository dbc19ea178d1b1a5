import HTTP
import PipelineKit
import Testing

@testable import AWS

/// What counts as an answer, and what is read from a reply that is not one.
@Suite struct ReplyTests {
    @Test(arguments: [200, 204, 206]) func takesEverySuccess(status: Int) async throws {
        let test = try TestClient([Reply.status(status)])
        #expect(try await test.put().status == status)
    }

    @Test func takesTheAnswersThatTheRequestNames() async throws {
        let test = try TestClient([Reply.status(404), Reply.status(304)])
        #expect(try await test.put { $0.answers = [404, 304] }.status == 404)
        #expect(try await test.put { $0.answers = [404, 304] }.status == 304)
    }

    @Test func followsNoRedirect() async throws {
        let test = try TestClient([Reply.status(307, headers: ["Location": "https://elsewhere.example/"])])
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.serviceCode == "TemporaryRedirect")
        #expect(test.http.requests.map(\.maximumRedirects) == [0])
        #expect(test.http.requests.map(\.url.host) == ["site.s3.eu-central-1.amazonaws.com"])
    }

    @Test func findsAnErrorInsideASuccess() async throws {
        let error = "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>Again.</Message></Error>"
        let test = try TestClient([Reply.ok(error), Reply.ok("<CopyObjectResult/>")])
        let response = try await test.put { $0.mayFailInBody = true }
        #expect(String(decoding: response.body, as: UTF8.self) == "<CopyObjectResult/>")

        let final = try TestClient([Reply.ok("<Error><Code>NoSuchKey</Code></Error>")])
        let thrown = await #expect(throws: AWSError.self) { try await final.put { $0.mayFailInBody = true } }
        #expect(thrown?.serviceCode == "NoSuchKey" && thrown?.status == 200)
    }

    @Test func repeatsWhatCameTruncated() async throws {
        let test = try TestClient([Reply.ok("<CopyObjectResult><ETag>"), Reply.ok(), Reply.ok("<CopyObjectResult/>")])
        _ = try await test.put { $0.mayFailInBody = true }
        #expect(test.http.requests.count == 3)
    }

    @Test func refusesAHostileDocument() async throws {
        let test = try TestClient([Reply.ok("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>")])
        let error = await #expect(throws: XMLError.self) { try await test.put { $0.mayFailInBody = true } }
        #expect(error?.kind == .doctype)
        #expect(test.http.requests.count == 1)
    }

    @Test func asksTheRequestsOwnCheck() async throws {
        let test = try TestClient([Reply.ok("bad"), Reply.ok("good")])
        let response = try await test.put { request in
            request.check = { response in
                if response.body == Array("bad".utf8) { throw StepError("bad", "a bad reply", retry: .network) }
            }
        }
        #expect(response.body == Array("good".utf8))
    }

    @Test func readsCodeMessageAndRequest() async throws {
        let test = try TestClient([
            Reply.refusal(
                404, "NoSuchBucket", "The bucket\n does\u{9b}31m not exist", more: "<RequestId>R1</RequestId>")
        ])
        let error = try #require(await #expect(throws: AWSError.self) { try await test.put() })
        #expect(error.code == "aws-no-such-bucket")
        #expect(
            error.message
                == "the object store refused PutObject of s3://site/a/b.html: NoSuchBucket (The bucket does 31m not exist), status 404, request R1"
        )
        #expect(error.help == "check the bucket's name, or make it with `aws s3 mb s3://site`")
    }

    @Test func readsTheErrorsOfTheOtherServices() async throws {
        let body =
            "<ErrorResponse xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Error><Type>Sender</Type>"
            + "<Code>NoSuchDistribution</Code><Message>None.</Message></Error><RequestId>R2</RequestId></ErrorResponse>"
        let test = try TestClient([{ _ in .test(404, body) }])
        let error = try #require(
            await #expect(throws: AWSError.self) {
                try await test.client.send(
                    AWSRequest(.cloudFront, "GetDistribution", .get, path: "2020-05-31/distribution/E1"))
            })
        #expect(error.serviceCode == "NoSuchDistribution" && error.requestID == "R2")
        #expect(error.resource == "distribution/E1")
    }

    @Test(arguments: [
        (400, "BadRequest"), (403, "AccessDenied"), (404, "NotFound"), (412, "PreconditionFailed"), (409, "Conflict"),
        (418, "Status418"),
    ]) func namesAReplyWithoutABody(status: Int, code: String) async throws {
        let test = try TestClient([Reply.status(status)])
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.serviceCode == code)
    }

    @Test(arguments: ["<Error><Code>NoSuch", "no XML", "<Error/>", "<Error><Code></Code></Error>", "<html>404</html>"])
    func survivesABodyThatSaysNothing(body: String) async throws {
        let test = try TestClient([{ _ in .test(404, body) }])
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.serviceCode == "NotFound")
    }

    @Test func namesThePermissionThatIsMissing() async throws {
        let test = try TestClient([Reply.refusal(403, "AccessDenied")])
        let error = try #require(
            await #expect(throws: AWSError.self) {
                try await test.put { $0.operation = "UploadPart" }
            })
        #expect(
            error.help == "allow s3:PutObject on arn:aws:s3:::site/* in the policy of the role or user that runs this")
    }

    /// As a policy must have it: of the partition, a bucket for what is about the bucket, else the part of it that is the
    /// caller's. A server of another maker knows no ARNs.
    @Test(
        arguments: [
            ("PutObject", "eu-central-1", nil, "arn:aws:s3:::site/shop/*"),
            ("DeleteObjects", "eu-central-1", nil, "arn:aws:s3:::site/shop/*"),
            ("ListObjectsV2", "cn-north-1", nil, "arn:aws-cn:s3:::site"),
            ("ListMultipartUploads", "us-gov-west-1", nil, "arn:aws-us-gov:s3:::site"),
            (
                "PutObject", "eu-central-1", "https://bucket.vpce-1.s3.eu-central-1.vpce.amazonaws.com/",
                "arn:aws:s3:::site/shop/*"
            ),
            ("PutObject", "eu-central-1", "https://s3.example.com/", "s3://site/a/b.html"),
            ("DeleteObjects", "eu-central-1", "https://s3.example.com/", "s3://site/*"),
        ] as [(String, String, String?, String)])
    func namesWhatAPolicyNames(_ operation: String, _ region: String, _ endpoint: String?, _ name: String) async throws
    {
        let test = try TestClient(
            [Reply.refusal(403, "AccessDenied")], endpoints: endpoint.map { [.s3: $0] } ?? [:], region: region)
        let error = await #expect(throws: AWSError.self) {
            try await test.put {
                $0.operation = operation
                $0.part = "shop/"
            }
        }
        #expect(error?.help?.hasPrefix("allow ") == true && error?.help?.contains(" on \(name) in ") == true)
    }

    @Test(arguments: [
        ("NoSuchBucket", "no-such-bucket"), ("KMS.DisabledException", "kms-disabled-exception"),
        ("InvalidIfMatchVersion", "invalid-if-match-version"), ("HTTPError", "http-error"), ("", "unknown"),
        ("../..\n", "unknown"), ("Status418", "status418"),
    ]) func spellsCodesInKebabCase(code: String, kebab: String) {
        #expect(ErrorCode.kebabCase(code) == kebab)
    }

    @Test(arguments: [
        ("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"),
        ("us-isob-east-1", "aws-iso-b"),
    ])
    func helpNamesTheArnOfThePartition(_ region: String, _ name: String) {
        let error = AWSError(
            status: 403, serviceCode: "AccessDenied", service: .cloudFront, operation: "GetDistribution",
            resource: "distribution/E1", partition: Region.partition(of: region).name)
        #expect(
            error.help?.contains(
                "allow cloudfront:GetDistribution on arn:\(name):cloudfront::<account>:distribution/E1") == true)
    }
}
