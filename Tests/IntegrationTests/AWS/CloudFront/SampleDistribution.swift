import AWS
import HTTP
import PipelineKit
import TestSupport

extension LocalAWS {
    /// Makes a distribution that no other test uses.
    ///
    /// - Parameters:
    ///   - path: of the origin `site`.
    ///   - alias: a host's name that is served by it.
    ///   - change: of the configuration's text.
    func makeDistribution(
        path: String = "/releases/v1", alias: String = "www.example.com", change: (String) -> String = { $0 }
    ) async throws -> String {
        var request = AWSRequest(.cloudFront, "CreateDistribution", .post, path: "2020-05-31/distribution")
        request.headers = ["content-type": "text/xml"]
        let reference = RandomSource.system.hexadecimal(digits: 16)
        let config = SampleDistribution.config.replacing("REFERENCE", with: reference)
            .replacing("www.example.com", with: alias).replacing(">/releases/v1<", with: ">\(path)<")
        request.body = .bytes(Array(change(config).utf8))
        let response = try await client.send(request)
        return try XMLTree(response.body).root.required("Id")
    }
}

/// A configuration with much around the one path that a deploy sets.
private enum SampleDistribution {
    static let config = """
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
