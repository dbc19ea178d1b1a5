import FoundationEssentials
import HTTP
import PipelineKit
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// What a call corrects by itself before it retries.
@Suite struct CorrectionTests {
    @Test(arguments: [
        Reply.refusal(301, "PermanentRedirect", headers: ["x-amz-bucket-region": "us-west-2"]),
        Reply.refusal(307, "TemporaryRedirect", headers: ["x-amz-bucket-region": "us-west-2"]),
        Reply.refusal(400, "AuthorizationHeaderMalformed", more: "<Region>us-west-2</Region>"),
        Reply.status(400, headers: ["x-amz-bucket-region": "us-west-2"]),
    ]) func goesToTheBucketsRegion(reply: @escaping ScriptedHTTP.Answer) async throws {
        let test = try TestClient([reply, Reply.ok(), Reply.ok()])
        _ = try await test.put()
        _ = try await test.put()
        #expect(
            test.http.requests.map(\.url.host) == [
                "site.s3.eu-central-1.amazonaws.com", "site.s3.us-west-2.amazonaws.com",
                "site.s3.us-west-2.amazonaws.com",
            ])
        #expect(test.http.requests.map(\.scope).last == "AKID/20260101/us-west-2/s3")
        #expect(test.clock.sleeps.isEmpty)
    }

    @Test func goesToAnotherRegionOnce() async throws {
        let test = try TestClient(
            ["us-west-2", "us-west-1"].map {
                Reply.refusal(301, "PermanentRedirect", headers: ["x-amz-bucket-region": $0])
            })
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.serviceCode == "PermanentRedirect")
        #expect(test.http.requests.count == 2)
    }

    /// The region of a reply goes into a host's name, to which credentials are then sent.
    @Test(arguments: ["evil.example/", "x@evil.example", "", "a", "us-west-2.evil.example", "US-WEST-2", "-a-"])
    func takesNoHostFromAReply(region: String) async throws {
        let test = try TestClient([Reply.refusal(301, "PermanentRedirect", headers: ["x-amz-bucket-region": region])])
        await #expect(throws: AWSError.self) { try await test.put() }
        #expect(test.http.requests.count == 1)
    }

    @Test func signsForTheRegionAtACustomEndpoint() async throws {
        let test = try TestClient(
            [Reply.refusal(400, "AuthorizationHeaderMalformed", more: "<Region>garage</Region>"), Reply.ok()],
            endpoints: [.s3: "http://127.0.0.1:9000/base/"])
        _ = try await test.put()
        #expect(
            test.http.requests.map(\.url.description) == [
                "http://127.0.0.1:9000/base/site/a/b.html", "http://127.0.0.1:9000/base/site/a/b.html",
            ])
        #expect(test.http.requests.last?.scope == "AKID/20260101/garage/s3")
    }

    @Test(arguments: ["SecondLevelDomainForbidden", "PathStyleDomainForbidden", "VirtualHostDomainRequired"])
    func putsTheBucketIntoTheHost(code: String) async throws {
        let test = try TestClient(
            [Reply.refusal(403, code), Reply.ok(), Reply.ok()], endpoints: [.s3: "http://s3.example.org:9000"])
        _ = try await test.put()
        _ = try await test.put()
        #expect(
            test.http.requests.map(\.url.description) == [
                "http://s3.example.org:9000/site/a/b.html", "http://site.s3.example.org:9000/a/b.html",
                "http://site.s3.example.org:9000/a/b.html",
            ])
        #expect(test.clock.sleeps.isEmpty)
    }

    @Test func saysThatABucketCannotBePartOfAHost() async throws {
        let refusal = Reply.refusal(403, "SecondLevelDomainForbidden")
        let test = try TestClient([refusal, refusal], endpoints: [.s3: "http://s3.example.org"])
        let error = await #expect(throws: AWSError.self) { try await test.put { $0.bucket = "Old_Bucket" } }
        #expect(error?.help?.contains("Old_Bucket cannot be part of one") == true)
        #expect(test.http.requests.count == 2)
    }

    @Test(arguments: [
        ("RequestTimeTooSkewed", "Thu, 01 Jan 2026 00:20:00 GMT", true),
        ("RequestTimeTooSkewed", "Wed, 31 Dec 2025 23:40:00 GMT", true),
        ("SignatureDoesNotMatch", "Thu, 01 Jan 2026 00:20:00 GMT", true),
        ("SignatureDoesNotMatch", "Thu, 01 Jan 2026 00:03:00 GMT", false),
        ("AccessDenied", "Thu, 01 Jan 2026 00:00:01 GMT", false),
        ("RequestTimeTooSkewed", "yesterday", false),
    ]) func setsTheClockByTheReply(code: String, date: String, isCorrected: Bool) async throws {
        let test = try TestClient([Reply.refusal(403, code, headers: ["Date": date]), Reply.ok()])
        if isCorrected {
            _ = try await test.put()
            let stamp = date.contains("00:20") ? "20260101T002000Z" : "20251231T234000Z"
            #expect(test.http.requests.last?.headers["x-amz-date"] == stamp)
        } else {
            await #expect(throws: AWSError.self) { try await test.put() }
            #expect(test.http.requests.count == 1)
        }
    }

    /// A difference that signatures may have: records of two machines are compared all the same.
    @Test(
        arguments: [
            (["Date": "Thu, 01 Jan 2026 00:02:30 GMT"], 150.5), (["Date": "Wed, 31 Dec 2025 23:57:30 GMT"], -149.5),
            (["Date": "Thu, 01 Jan 2026 00:00:00 GMT"], 0), (["Date": "Wed, 31 Dec 2025 23:59:59 GMT"], 0),
            (["Date": "Thu, 01 Jan 2026 00:02:30 GMT", "Age": "7"], 0), (["Date": "yesterday"], 0), ([:], 0),
        ] as [(HTTPHeaders, Double)]) func recordsHaveTheTimeOfAReply(headers: HTTPHeaders, seconds: Double)
        async throws
    {
        let other = Reply.status(200, headers: ["Date": "Thu, 01 Jan 2026 03:00:00 GMT"])
        let test = try TestClient([Reply.status(200, headers: headers)] + (seconds == 0 ? [] : [other]))
        _ = try await test.put()
        if seconds != 0 { _ = try await test.put() }
        let local = Date(timeIntervalSince1970: 1_000_000_000)
        #expect(test.client.date(local).timeIntervalSince(local) == seconds)
        #expect(test.http.requests.last?.headers["x-amz-date"] == "20260101T000000Z")
    }

    /// It took its time.
    @Test func aSlowReplyIsNoWrongClock() {
        let (skew, sent) = (ClockSkew(), Date(timeIntervalSince1970: 1_000_000_000))
        for after in [0, 10, 20, 29] as [Double] {
            skew.observe(server: sent.addingTimeInterval(after), sent: sent, received: sent.addingTimeInterval(30))
            #expect(skew.date(sent) == sent)
        }
        skew.observe(server: sent.addingTimeInterval(100), sent: sent, received: sent.addingTimeInterval(30))
        // Between 70 and 101 seconds.
        #expect(skew.date(sent) == sent.addingTimeInterval(85.5))
    }

    @Test func setsTheClockOnceAndThenSaysSo() async throws {
        let skewed = Reply.refusal(403, "RequestTimeTooSkewed", headers: ["Date": "Thu, 01 Jan 2026 00:20:00 GMT"])
        let again = Reply.refusal(403, "RequestTimeTooSkewed", headers: ["Date": "Thu, 01 Jan 2026 00:40:00 GMT"])
        let test = try TestClient([skewed, again])
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.help == "set this machine's clock, as root with `timedatectl set-ntp true`")
        #expect(test.http.requests.count == 2)
    }

    @Test(arguments: [
        Reply.refusal(400, "ExpiredToken"), Reply.refusal(403, "ExpiredTokenException"), Reply.status(400),
    ])
    func renewsExpiredCredentialsOnce(reply: @escaping ScriptedHTTP.Answer) async throws {
        let provider = Renewals(["OLD", "NEW", "NEWER"])
        let test = try TestClient([reply, Reply.ok()], credentials: provider)
        _ = try await test.put()
        #expect(test.http.requests.compactMap(\.scope).map { $0.prefix { $0 != "/" } } == ["OLD", "NEW"])
        #expect(test.http.requests.last?.headers["x-amz-security-token"] == "t0k3n-NEW")

        let twice = try TestClient([reply, reply], credentials: Renewals(["OLD", "NEW", "NEWER"]))
        await #expect(throws: AWSError.self) { try await twice.put() }
        #expect(twice.http.requests.count == 2)
    }

    @Test func saysThatCredentialsHaveExpiredWhereThereAreNoOthers() async throws {
        let test = try TestClient([Reply.refusal(400, "ExpiredToken")], credentials: Renewals(["OLD"]))
        let error = await #expect(throws: AWSError.self) { try await test.put() }
        #expect(error?.code == "aws-expired-token")
    }
}

/// Gives the first of its keys, and the next one after each refusal.
final class Renewals: CredentialProvider {
    private let names: Mutex<[String]>

    init(_ names: [String]) {
        self.names = Mutex(names)
    }

    func credentials() async throws -> Credentials { .temporary(names.withLock { $0[0] }) }

    func credentials(insteadOf refused: Credentials) async throws -> Credentials? {
        names.withLock { names in
            guard names.count > 1 else { return nil }
            names.removeFirst()
            return .temporary(names[0])
        }
    }
}
