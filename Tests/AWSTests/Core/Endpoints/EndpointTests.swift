import FoundationEssentials
import HTTP
import ObjectStorage
import Testing

@testable import AWS

@Suite struct EndpointTests {
    struct Place: Sendable {
        var service = AWSService.s3
        var region = "eu-central-1"
        var bucket: String?
        var variant = EndpointVariant()
        var url: String
    }

    private static let fips = EndpointVariant(isFIPS: true)
    private static let dual = EndpointVariant(isDualStack: true)
    private static let both = EndpointVariant(isFIPS: true, isDualStack: true)

    static let places = [
        Place(bucket: "site", url: "https://site.s3.eu-central-1.amazonaws.com/a%20b"),
        Place(bucket: "www.example.org", url: "https://s3.eu-central-1.amazonaws.com/www.example.org/a%20b"),
        Place(bucket: "Old_Bucket", url: "https://s3.eu-central-1.amazonaws.com/Old_Bucket/a%20b"),
        Place(bucket: "x/../y?z#", url: "https://s3.eu-central-1.amazonaws.com/x%2F..%2Fy%3Fz%23/a%20b"),
        Place(bucket: "evil.example#", url: "https://s3.eu-central-1.amazonaws.com/evil.example%23/a%20b"),
        Place(url: "https://s3.eu-central-1.amazonaws.com/a%20b"),
        Place(region: "cn-north-1", bucket: "site", url: "https://site.s3.cn-north-1.amazonaws.com.cn/a%20b"),
        Place(region: "us-iso-east-1", bucket: "site", url: "https://site.s3.us-iso-east-1.c2s.ic.gov/a%20b"),
        Place(service: .sts, url: "https://sts.eu-central-1.amazonaws.com/a%20b"),
        Place(service: .cloudFront, url: "https://cloudfront.amazonaws.com/a%20b"),
        Place(
            service: .cloudFront, region: "cn-north-1", url: "https://cloudfront.cn-northwest-1.amazonaws.com.cn/a%20b"),
        Place(service: .cloudFront, region: "us-iso-east-1", url: "https://cloudfront.c2s.ic.gov/a%20b"),
        Place(service: .sso, url: "https://portal.sso.eu-central-1.amazonaws.com/a%20b"),
        Place(bucket: "site", variant: fips, url: "https://site.s3-fips.eu-central-1.amazonaws.com/a%20b"),
        Place(bucket: "site", variant: dual, url: "https://site.s3.dualstack.eu-central-1.amazonaws.com/a%20b"),
        Place(
            bucket: "www.example.org", variant: both,
            url: "https://s3-fips.dualstack.eu-central-1.amazonaws.com/www.example.org/a%20b"),
        Place(
            region: "cn-north-1", bucket: "site", variant: dual,
            url: "https://site.s3.dualstack.cn-north-1.amazonaws.com.cn/a%20b"),
        Place(service: .sts, variant: fips, url: "https://sts-fips.eu-central-1.amazonaws.com/a%20b"),
        Place(service: .sts, variant: both, url: "https://sts-fips.eu-central-1.api.aws/a%20b"),
        Place(
            service: .sts, region: "us-gov-west-1", variant: fips, url: "https://sts.us-gov-west-1.amazonaws.com/a%20b"),
        Place(
            service: .sts, region: "cn-north-1", variant: dual,
            url: "https://sts.cn-north-1.api.amazonwebservices.com.cn/a%20b"),
        Place(service: .sso, variant: fips, url: "https://portal.sso-fips.eu-central-1.amazonaws.com/a%20b"),
        Place(service: .cloudFront, variant: fips, url: "https://cloudfront-fips.amazonaws.com/a%20b"),
        Place(service: .cloudFront, variant: dual, url: "https://cloudfront.global.api.aws/a%20b"),
        Place(service: .cloudFront, variant: both, url: "https://cloudfront-fips.global.api.aws/a%20b"),
    ]

    @Test(arguments: places) func addressesAWS(place: Place) throws {
        var endpoints = try Endpoints(region: place.region)
        endpoints.variant = place.variant
        let endpoint = try endpoints.endpoint(of: place.service, region: place.region, bucket: place.bucket)
        let request = AWSRequest(place.service, "X", .get, bucket: place.bucket, path: "a b")
        let built = try RequestBuilder().build(
            request, to: endpoint, region: place.region, with: .test, at: .distantPast)
        #expect(built.url.description == place.url)
    }

    @Test(arguments: [
        ("http://127.0.0.1:9000", "site", "http://127.0.0.1:9000/site/k", "127.0.0.1:9000"),
        ("https://s3.example.org/", "site", "https://s3.example.org/site/k", "s3.example.org"),
        ("https://s3.example.org:443/base/path", "a.b", "https://s3.example.org/base/path/a.b/k", "s3.example.org"),
        ("http://[::1]:80/", "site", "http://[::1]/site/k", "[::1]"),
    ]) func putsTheBucketIntoThePathOfACustomEndpoint(text: String, bucket: String, url: String, host: String) throws {
        let endpoints = try Endpoints(region: "eu-central-1", custom: [.s3: HTTPURL(text)])
        let endpoint = try endpoints.endpoint(of: .s3, region: "eu-central-1", bucket: bucket)
        #expect(try endpoint.base.with(target: endpoint.prefix + "/k").description == url)
        #expect(endpoint.host == host)
    }

    @Test(arguments: [
        ("http://s3.localhost:9000", "site", "http://site.s3.localhost:9000/k"),
        ("https://oss.example.org/base/", "www.example.org", "https://www.example.org.oss.example.org/base/k"),
        ("https://oss.example.org", "Old_Bucket", "https://oss.example.org/Old_Bucket/k"),
        ("https://oss.example.org", "-a", "https://oss.example.org/-a/k"),
    ]) func putsTheBucketIntoTheHostIfAsked(text: String, bucket: String, url: String) throws {
        var endpoints = try Endpoints(region: "eu-central-1", custom: [.s3: HTTPURL(text)])
        endpoints.addressing = .virtualHost
        let endpoint = try endpoints.endpoint(of: .s3, region: "eu-central-1", bucket: bucket)
        #expect(try endpoint.base.with(target: endpoint.prefix + "/k").description == url)
    }

    @Test(arguments: ["", "a", "eu central", "evil.example", "eu-central-1/", "-eu", "EU-CENTRAL-1"])
    func refusesARegionThatIsNone(region: String) {
        #expect(throws: (any Error).self) { try Endpoints(region: region) }
    }

    @Test(arguments: [
        ("eu-central-1", "us-east-1"), ("cn-north-1", "cn-northwest-1"), ("us-gov-east-1", "us-gov-west-1"),
        ("us-iso-east-1", "us-iso-east-1"),
    ]) func signsCloudFrontForTheRegionOfThePartition(region: String, signed: String) {
        #expect(AWSService.cloudFront.signingRegion(region) == signed)
        #expect(AWSService.s3.signingRegion(region) == region)
    }

    @Test func signsCloudFrontForOneRegion() async throws {
        let test = try TestClient([Reply.ok(), Reply.ok()])
        _ = try await test.client.send(
            AWSRequest(.cloudFront, "ListDistributions", .get, path: "2020-05-31/distribution"))
        _ = try await test.client.send(AWSRequest(.sts, "GetCallerIdentity", .post))
        #expect(
            test.http.requests.map(\.scope) == [
                "AKID/20260101/us-east-1/cloudfront", "AKID/20260101/eu-central-1/sts",
            ])
    }

    @Test func sendsWhatItSigns() async throws {
        let test = try TestClient([Reply.ok()])
        _ = try await test.put {
            $0.path = "a//../b c/日本+~%20"
            $0.query = [("x-id", "PutObject"), ("acl", nil), ("a b", "c/d")]
            $0.headers = ["User-Agent": "runner", "Content-Type": "text/html", "X-Amz-Meta-A": " two  spaces "]
        }
        let request = try #require(test.http.requests.first)
        #expect(
            request.url.target
                == "/a//../b%20c/%E6%97%A5%E6%9C%AC%2B~%2520?a%20b=c%2Fd&acl&x-id=PutObject")
        #expect(request.headers["host"] == nil)
        let names = request.headers["Authorization"]?.firstMatch(of: /SignedHeaders=([^,]*)/).map { String($0.1) }
        #expect(names == "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a")
        #expect(request.headers["x-amz-content-sha256"]?.count == 64)
    }

    @Test func signsNothingWhereTheCallSaysSo() async throws {
        let test = try TestClient([Reply.ok()], credentials: NoCredentials())
        _ = try await test.put { $0.isSigned = false }
        #expect(test.http.requests.first?.headers["Authorization"] == nil)
    }
}

/// A provider that fails a test if it is asked.
struct NoCredentials: CredentialProvider {
    func credentials() async throws -> Credentials { throw CredentialError(.none, "nobody may ask") }
    func credentials(insteadOf refused: Credentials) async throws -> Credentials? { nil }
}
