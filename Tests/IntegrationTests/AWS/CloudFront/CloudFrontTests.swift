import AWS
import HTTP
import PipelineKit
import TestSupport
import Testing

/// CloudFront as the test bed's simulator speaks it: strict about ETags, quotas and paths.
@Suite struct CloudFrontTests {
    private let wait = CloudFrontWait(
        clock: SystemClock(), poll: Poll(initial: .milliseconds(50), maximum: .milliseconds(200)))

    /// A distribution of the test's own.
    private func makeDistribution(_ aws: LocalAWS) async throws -> String {
        var request = AWSRequest(.cloudFront, "CreateDistribution", .post, path: "2020-05-31/distribution")
        request.headers = ["content-type": "text/xml"]
        let reference = RandomSource.system.hexadecimal(digits: 16)
        request.body = .bytes(Array(Self.config.replacing("REFERENCE", with: reference).utf8))
        let response = try await aws.client.send(request)
        return try XMLDocument(response.body).root.required("Id")
    }

    @Test func onePathChangesAndNothingElse() async throws {
        try await LocalAWS.with { aws in
            let id = try await makeDistribution(aws)
            let before = try await aws.cloudFront.getDistributionConfig(id)
            #expect(try before.origin(named: nil).path == "/releases/v1")
            let update = OriginPathUpdate(
                distribution: id, origin: "site", path: try OriginPath("/releases/v2"), before: "/releases/v1")
            let result = try await update.run(aws.cloudFront)
            #expect(result.hasWritten)
            _ = try await aws.cloudFront.waitUntilDeployed(id, wait)

            let after = try await aws.cloudFront.getDistributionConfig(id)
            #expect(after.etag == result.etag && after.etag != before.etag)
            let texts = [before, after].map { String(decoding: $0.bytes, as: UTF8.self) }
            #expect(texts[1] == texts[0].replacing(">/releases/v1<", with: ">/releases/v2<"))
            #expect(try await update.run(aws.cloudFront).hasWritten == false)
        }
    }

    @Test func aStaleETagIsRefused() async throws {
        try await LocalAWS.with { aws in
            let id = try await makeDistribution(aws)
            let config = try await aws.cloudFront.getDistributionConfig(id)
            let bytes = try config.replacingOriginPath(ofOrigin: "site", with: OriginPath("/v2"))
            let first = try await aws.cloudFront.updateDistribution(id, config: bytes, ifMatch: config.etag)
            guard case .updated = first else {
                Issue.record("\(first)")
                return
            }
            #expect(try await aws.cloudFront.updateDistribution(id, config: bytes, ifMatch: config.etag) == .stale)
            #expect(try await aws.cloudFront.updateDistribution(id, config: bytes, ifMatch: "ENOBODY") == .stale)

            let late = OriginPathUpdate(
                distribution: id, origin: "site", path: try OriginPath("/v3"), before: "/releases/v1")
            let error = await #expect(throws: CloudFrontError.self) { try await late.run(aws.cloudFront) }
            #expect(error?.kind == .changedByOthers)
        }
    }

    @Test func invalidationsAreMadeOnceAndEnd() async throws {
        try await LocalAWS.with { aws in
            let id = try await makeDistribution(aws)
            let keys = [
                "index.html", "a b~c", "日本語/ページ.html", "100%", "a+b&c", "q?x#y", "<\"'>", "cafe\u{301}", "st*r",
            ]
            let plan = InvalidationPlan(
                keys.map(InvalidationPath.init(key:)), reference: "run-1/invalidate", maximum: 100)
            let batch = try #require(plan.batches.first)
            let made = try await aws.cloudFront.createInvalidation(batch, on: id, wait)
            let again = try await aws.cloudFront.createInvalidation(batch, on: id, wait)
            #expect(made.id == again.id && made.callerReference == "run-1/invalidate/1")
            #expect(try await aws.cloudFront.waitUntilCompleted(made.id, on: id, wait).isCompleted)
        }
    }

    @Test func otherPathsUnderTheSameReferenceAreReported() async throws {
        try await LocalAWS.with { aws in
            let id = try await makeDistribution(aws)
            for (number, key) in ["a", "b"].enumerated() {
                let batch = InvalidationPlan.Batch(paths: [InvalidationPath(key: key)], callerReference: "same")
                if number == 0 {
                    _ = try await aws.cloudFront.createInvalidation(batch, on: id)
                } else {
                    let error = await #expect(throws: AWSError.self) {
                        try await aws.cloudFront.createInvalidation(batch, on: id)
                    }
                    #expect(error?.serviceCode == "InvalidationBatchAlreadyExists")
                }
            }
        }
    }

    @Test func anUnknownDistributionIsNamed() async throws {
        try await LocalAWS.with { aws in
            let error = await #expect(throws: AWSError.self) {
                try await aws.cloudFront.getDistributionConfig("ENOBODYS00000")
            }
            #expect(error?.serviceCode == "NoSuchDistribution" && error?.message.contains("ENOBODYS00000") == true)
        }
    }

    /// moto spells the end of an invalidation in capitals.
    @Test func anotherServersSpellingOfCompletedIsUnderstood() async throws {
        try await LocalAWS.with(cloudFront: "MOTO_URL") { aws in
            let id = try await makeDistribution(aws)
            let batch = InvalidationPlan.Batch(paths: [.everything], callerReference: "r")
            let made = try await aws.cloudFront.createInvalidation(batch, on: id, wait)
            #expect(try await aws.cloudFront.waitUntilCompleted(made.id, on: id, wait).isCompleted)
            #expect(try await aws.cloudFront.getDistribution(id).isDeployed)
        }
    }

    private static let config = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- kept -->
        <DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>REFERENCE</CallerReference>
          <Aliases><Quantity>1</Quantity><Items><CNAME>www.example.com</CNAME></Items></Aliases>
          <DefaultRootObject>index.html</DefaultRootObject><Origins><Quantity>2</Quantity><Items>
            <Origin><Id>site</Id><DomainName>site-bucket.s3.us-east-1.amazonaws.com</DomainName><OriginPath>/releases/v1</OriginPath>
              <CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader><HeaderName>X-Env</HeaderName><HeaderValue>a &amp; b</HeaderValue>
              </OriginCustomHeader></Items></CustomHeaders><S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig>
              <OriginAccessControlId>E2TESTBEDOAC00</OriginAccessControlId></Origin>
            <Origin><Id>api</Id><DomainName>api.example.com</DomainName><OriginPath>/prod</OriginPath><CustomHeaders><Quantity>0</Quantity></CustomHeaders>
              <CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy></CustomOriginConfig>
            </Origin></Items></Origins>
          <DefaultCacheBehavior><TargetOriginId>site</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><Compress>true</Compress>
            <CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId><FunctionAssociations><Quantity>1</Quantity><Items>
            <FunctionAssociation><FunctionARN>arn:aws:cloudfront::123456789012:function/rewrite</FunctionARN><EventType>viewer-request</EventType>
            </FunctionAssociation></Items></FunctionAssociations></DefaultCacheBehavior>
          <Comment>日本語 &lt;é&gt;</Comment><Enabled>true</Enabled><FutureElement a="1"><x/></FutureElement>
        </DistributionConfig>
        """
}
