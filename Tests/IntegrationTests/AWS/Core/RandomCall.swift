import Digest
import HTTP
import TestSupport

@testable import AWS

/// A call that nobody would make, but whose signature must be right.
struct RandomCall {
    var request: AWSRequest
    /// The content of the file, for the calls of S3 that name one.
    var body: [UInt8]

    init(_ random: inout SeededRandom) {
        let service = [AWSService.s3, .s3, .cloudFront, .sts].randomElement(using: &random) ?? .s3
        let method = [HTTPMethod.get, .put, .post, .head, .delete].randomElement(using: &random) ?? .get
        let hasBody = (method == .put || method == .post) && Bool.random(using: &random)
        body =
            hasBody
            ? (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) } : []
        request = AWSRequest(service, "Anything", method, path: Self.path(service, &random))
        if service == .s3 {
            request.bucket = [nil, "site", "www.example.org", "Old_Bucket"].randomElement(using: &random) ?? nil
            switch Int.random(in: 0...3, using: &random) {
            case 0: request.payload = .unsigned
            case 1: request.payload = .sha256(SHA256.hash(body))
            default: break
            }
        }
        request.query = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            (Self.text(&random, 1...6), Bool.random(using: &random) ? Self.text(&random, 0...8) : nil)
        }
        request.headers = HTTPHeaders(Self.headers(&random))
        if !body.isEmpty { request.body = .bytes(body) }
    }

    private static let letters = Array("abcXYZ019-._~ +%&=?#/:;,@!$'()*\"<>[]{}|\\^`äß日本語🎉e\u{301}\u{2028}").map(
        String.init)

    static func text(_ random: inout SeededRandom, _ lengths: ClosedRange<Int>) -> String {
        (0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }.joined()
    }

    /// Botocore takes dot segments and empty ones out of every path but S3's; the other services have none.
    private static func path(_ service: AWSService, _ random: inout SeededRandom) -> String {
        if service == .s3 {
            let odd = ["", "a//b", "../x", "./", "a/../b/", "%2e%2e/", "~"].randomElement(using: &random) ?? ""
            return odd + text(&random, 0...30)
        }
        return (0..<Int.random(in: 0...4, using: &random)).map { _ in
            "x" + text(&random, 0...8).replacing("/", with: "-")
        }.joined(separator: "/")
    }

    private static func headers(_ random: inout SeededRandom) -> [HTTPHeaders.Field] {
        let names = [
            "Content-Type", "X-Amz-Meta-Note", "x-amz-meta-note", "If-Match", "Cache-Control", "Range", "User-Agent",
            "Expect", "Connection", "X-Amz-Checksum-Sha256", "TE", "X-Amzn-Trace-Id", "x-amz-copy-source",
        ]
        let words = [
            "a", "b c", " lead", "trail ", "two  spaces", "tab\tin", "\"quoted\"", "", "1=2,3;q=0.5", "~!@#$%^&*()",
        ]
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in
            HTTPHeaders.Field(names.randomElement(using: &random) ?? "", words.randomElement(using: &random) ?? "")
        }
    }
}
