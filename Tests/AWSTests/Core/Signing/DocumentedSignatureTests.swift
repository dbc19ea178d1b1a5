import Digest
import HTTP
import Testing
import TextCoding

@testable import AWS

/// The examples in AWS's documentation: "Signature Calculations for the Authorization Header" of S3, and the Signature Version 4
/// test suite.
@Suite struct DocumentedSignatureTests {
    struct Example: CustomTestStringConvertible, Sendable {
        var name: String
        var method: HTTPMethod = .get
        var path = ""
        var query: [(String, String?)] = []
        var headers: [HTTPHeaders.Field] = []
        var body = ""
        var signature: String

        var testDescription: String { name }

        init(
            _ name: String, _ method: HTTPMethod = .get, path: String = "", query: [(String, String?)] = [],
            headers: [HTTPHeaders.Field] = [], body: String = "", signature: String
        ) {
            self.name = name
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.body = body
            self.signature = signature
        }
    }

    static let s3 = [
        Example(
            "GET Object", path: "test.txt", headers: [.init("Range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            "PUT Object", .put, path: "test$file.text",
            headers: [
                .init("Date", "Fri, 24 May 2013 00:00:00 GMT"), .init("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ], body: "Welcome to Amazon S3.",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            "GET Bucket Lifecycle", query: [("lifecycle", nil)],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            "List Objects", query: [("prefix", "J"), ("max-keys", "2")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    static let suite = [
        Example(
            "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Example(
            "get-vanilla-utf8-query", query: [("\u{1234}", "bar")],
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Example(
            "get-unreserved", path: "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Example(
            "get-header-value-trim",
            headers: [.init("My-Header1", " value1"), .init("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Example(
            "get-header-key-duplicate",
            headers: [.init("My-Header1", "value2"), .init("My-Header1", "value2"), .init("My-Header1", "value1")],
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        Example(
            "post-vanilla", .post, signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Example(
            "post-x-www-form-urlencoded", .post,
            headers: [.init("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ]

    @Test(arguments: s3) func s3Example(example: Example) {
        let hash = SHA256.hash(example.body.utf8).description
        let fields = RequestSigner().sign(
            RequestSigner.Message(
                method: example.method, path: "/" + PercentEncoding.path.encode(example.path),
                query: CanonicalQuery(example.query).signed,
                headers: [.init("Host", "examplebucket.s3.amazonaws.com")] + example.headers
                    + [.init("x-amz-content-sha256", hash)],
                payloadHash: hash),
            with: Credentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            at: SigningDate(seconds: 1_369_353_600), region: "us-east-1", service: "s3")
        #expect(fields.last?.name == "Authorization")
        #expect(fields.last?.value.suffix(64) ?? "" == example.signature)
    }

    @Test(arguments: suite) func suiteExample(example: Example) {
        let fields = RequestSigner().sign(
            RequestSigner.Message(
                method: example.method, path: "/" + PercentEncoding.path.encode(example.path),
                query: CanonicalQuery(example.query).signed,
                headers: [.init("Host", "example.amazonaws.com")] + example.headers,
                payloadHash: SHA256.hash(example.body.utf8).description),
            with: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            at: SigningDate(seconds: 1_440_938_160), region: "us-east-1", service: "service")
        let prefix = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
        #expect(fields.last?.value.hasPrefix(prefix) ?? false)
        #expect(fields.last?.value.suffix(64) ?? "" == example.signature)
    }

    /// The example of "Create a signed AWS API request": a call of IAM.
    @Test func derivedKeyExample() {
        let fields = RequestSigner().sign(
            RequestSigner.Message(
                method: .get, path: "/",
                query: CanonicalQuery([("Version", "2010-05-08"), ("Action", "ListUsers")]).signed,
                headers: [
                    .init("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
                    .init("Host", "iam.amazonaws.com"),
                ], payloadHash: SHA256.hash([]).description),
            with: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            at: SigningDate(seconds: 1_440_938_160), region: "us-east-1", service: "iam")
        #expect(
            fields.last?.value
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    }
}
