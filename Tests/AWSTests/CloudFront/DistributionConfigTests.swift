import AWS
import Testing

@Suite struct DistributionConfigTests {
    @Test func readsOrigins() throws {
        let config = try DistributionConfig(Array(RichConfig.text.utf8), etag: "E1")
        #expect(config.origins.map(\.id) == ["site & co", "api", "empty", "none", "old"])
        #expect(config.origins.map(\.path) == ["/releases/v1&2", "/prod", "", "", "/live"])
        #expect(config.origins.map(\.kind) == [.bucket, .other, .bucket, .bucket, .website])
    }

    @Test func readsOriginGroups() throws {
        let text = """
            <DistributionConfig><Origins><Items>
            <Origin><Id>a</Id><DomainName>b.s3.amazonaws.com</DomainName></Origin></Items></Origins>
            <OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>pair</Id>
            <FailoverCriteria><StatusCodes><Quantity>2</Quantity><Items><StatusCode>403</StatusCode>
            <StatusCode>404</StatusCode></Items></StatusCodes></FailoverCriteria>
            <Members><Quantity>2</Quantity><Items><OriginGroupMember><OriginId>a</OriginId></OriginGroupMember>
            <OriginGroupMember><OriginId>b</OriginId></OriginGroupMember></Items></Members>
            </OriginGroup></Items></OriginGroups></DistributionConfig>
            """
        let group = try #require(try DistributionConfig(Array(text.utf8), etag: "E1").groups.first)
        #expect(group.id == "pair" && group.members == ["a", "b"] && group.statuses == ["403", "404"])
        let rich = try DistributionConfig(Array(RichConfig.text.utf8), etag: "E1")
        #expect(rich.groups.map(\.members) == [["site & co", "old"]] && rich.groups[0].statuses == [])
    }

    /// Every byte outside the one path stays the same, whatever surrounds it.
    @Test(arguments: [
        (
            "site & co", "/releases/v2", "<OriginPath>/releases/v1&amp;2</OriginPath>",
            "<OriginPath>/releases/v2</OriginPath>"
        ),
        (
            "api", "/x&y", "<OriginPath  ><!-- live --><![CDATA[/prod]]></OriginPath>",
            "<OriginPath  >/x&amp;y</OriginPath>"
        ),
        ("empty", "/v2", "<OriginPath a='1' />", "<OriginPath a='1' >/v2</OriginPath>"),
        (
            "none", "/v2", "<DomainName>none.s3.amazonaws.com</DomainName>",
            "<DomainName>none.s3.amazonaws.com</DomainName><OriginPath>/v2</OriginPath>"
        ),
        ("old", "", "<OriginPath>/live</OriginPath>", "<OriginPath></OriginPath>"),
    ])
    func replacesOnePathAndNothingElse(_ id: String, _ path: String, _ before: String, _ after: String) throws {
        let config = try DistributionConfig(Array(RichConfig.text.utf8), etag: "E1")
        let bytes = try config.replacingOriginPath(ofOrigin: id, with: OriginPath(path))
        let parts = RichConfig.text.split(separator: before, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        #expect(String(decoding: bytes, as: UTF8.self) == parts[0] + after + parts[1])

        let changed = try DistributionConfig(bytes, etag: "E2")
        #expect(changed.origins.first { $0.id == id }?.path == path)
        #expect(changed.origins.filter { $0.id != id } == config.origins.filter { $0.id != id })
    }

    @Test func thereAndBackIsTheSameDocument() throws {
        let config = try DistributionConfig(Array(RichConfig.text.utf8), etag: "E1")
        let there = try config.replacingOriginPath(ofOrigin: "site & co", with: OriginPath("/releases/v2"))
        let back = try DistributionConfig(there, etag: "E2").replacingOriginPath(
            ofOrigin: "site & co", with: OriginPath("/releases/v1&2"))
        #expect(back == config.bytes)
    }

    @Test func insertsWithThePrefixOfTheDocument() throws {
        let text = """
            <c:DistributionConfig xmlns:c="urn:c"><c:Origins><c:Items><c:Origin><c:Id>a</c:Id>\
            <c:DomainName>b.s3.amazonaws.com</c:DomainName></c:Origin></c:Items></c:Origins></c:DistributionConfig>
            """
        let bytes = try DistributionConfig(Array(text.utf8), etag: "E").replacingOriginPath(
            ofOrigin: "a", with: OriginPath("/v"))
        #expect(
            String(decoding: bytes, as: UTF8.self).contains("</c:DomainName><c:OriginPath>/v</c:OriginPath></c:Origin>")
        )
    }

    @Test func choosesTheNamedOriginOrTheOnlyOneOnS3() throws {
        let several = try DistributionConfig(Array(RichConfig.text.utf8), etag: "E1")
        #expect(try several.origin(named: "api").domain == "api.example.com")
        let ambiguous = #expect(throws: CloudFrontError.self) { try several.origin(named: nil) }
        #expect(ambiguous?.kind == .severalS3Origins)
        for id in ["site & co", "empty", "none", "old"] { #expect(ambiguous?.message.contains(id) == true) }
        #expect(ambiguous?.message.contains("api.example.com") == false)
        let unknown = #expect(throws: CloudFrontError.self) { try several.origin(named: "nobody") }
        #expect(unknown?.kind == .unknownOrigin && unknown?.message.contains("api") == true)

        let one = try DistributionConfig(
            config([("api", "api.example.com"), ("s", "s.s3.eu-west-1.amazonaws.com")]), etag: "E")
        #expect(try one.origin(named: nil).id == "s")
        let none = try DistributionConfig(config([("api", "api.example.com")]), etag: "E")
        let error = #expect(throws: CloudFrontError.self) { try none.origin(named: nil) }
        #expect(error?.kind == .noS3Origin && error?.message.contains("api.example.com") == true)
    }

    @Test(arguments: [
        ("site-bucket.s3.us-east-1.amazonaws.com", DistributionOrigin.Kind.bucket),
        ("site.s3.amazonaws.com", .bucket), ("my.dotted.site.s3.eu-west-1.amazonaws.com", .bucket),
        ("site.s3-us-west-2.amazonaws.com", .bucket), ("site.s3.dualstack.eu-west-1.amazonaws.com", .bucket),
        ("site.s3.cn-north-1.amazonaws.com.cn", .bucket), ("SITE.S3.AMAZONAWS.COM", .bucket),
        ("site.s3-website-us-east-1.amazonaws.com", .website), ("site.s3-website.eu-central-1.amazonaws.com", .website),
        ("s3-api.execute-api.us-east-1.amazonaws.com", .other), ("lb-1.us-east-1.elb.amazonaws.com", .other),
        ("s3.example.com", .other), ("site.s3.amazonaws.com.evil.example", .other), ("", .other),
    ])
    func knowsS3ByItsName(_ domain: String, _ kind: DistributionOrigin.Kind) throws {
        let bytes = config([("a", domain)])
        #expect(try DistributionConfig(bytes, etag: "E").origins.first?.kind == kind)
    }

    @Test func refusesWhatIsNoSingleAnswer() throws {
        let twins = try DistributionConfig(config([("a", "x.example"), ("a", "y.example")]), etag: "E")
        #expect(failure { try twins.replacingOriginPath(ofOrigin: "a", with: OriginPath("/v")) } == .unexpectedConfig)
        #expect(failure { try twins.replacingOriginPath(ofOrigin: "b", with: OriginPath("/v")) } == .unknownOrigin)
        let text = String(decoding: config([("a", "x.example")]), as: UTF8.self)
            .replacing("</DomainName>", with: "</DomainName><OriginPath/><OriginPath>/x</OriginPath>")
        let twice = try DistributionConfig(Array(text.utf8), etag: "E")
        #expect(failure { try twice.replacingOriginPath(ofOrigin: "a", with: OriginPath("/v")) } == .unexpectedConfig)
        for text in [
            "<Distribution/>", "<DistributionConfig/>",
            "<DistributionConfig><Origins><Items><Origin/></Items></Origins></DistributionConfig>",
        ] {
            #expect(throws: XMLError.self) { try DistributionConfig(Array(text.utf8), etag: "E") }
        }
    }

    @Test(arguments: ["", "/a", "/releases/v1.2_3-x", "/é", "/a&b"])
    func originPathsThatCloudFrontTakes(_ text: String) throws {
        #expect(try OriginPath(text).text == text)
    }

    @Test(arguments: [
        "a", "/", "/a/", "//a", "/a//b", "/a*", "/*", "/a b", "/a\n", "/" + String(repeating: "x", count: 255),
    ])
    func originPathsThatItDoesNot(_ text: String) {
        #expect(failure { try OriginPath(text) } == .invalidOriginPath)
    }

    private func config(_ origins: [(id: String, domain: String)]) -> [UInt8] {
        let items = origins.map { "<Origin><Id>\($0.id)</Id><DomainName>\($0.domain)</DomainName></Origin>" }.joined()
        return Array("<DistributionConfig><Origins><Items>\(items)</Items></Origins></DistributionConfig>".utf8)
    }

    private func failure<Value>(_ body: () throws -> Value) -> CloudFrontError.Kind? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? CloudFrontError)?.kind
        }
    }
}

/// A configuration with all that a careless rewrite would lose.
enum RichConfig {
    static let text = """
        <?xml version="1.0"?>\r
        <!-- <OriginPath>/not/this</OriginPath> -->
        <DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/" xmlns:f='urn:future'>
        \t<CallerReference>ref &#169; é</CallerReference><Aliases><Quantity>1</Quantity><Items><CNAME>www.example.com</CNAME></Items></Aliases>
          <OriginPath>/not/this/either</OriginPath><DefaultRootObject>index.html</DefaultRootObject>
          <Origins><Quantity>5</Quantity><Items>
            <Origin><Id>site &amp; co</Id><DomainName>site.s3.us-east-1.amazonaws.com</DomainName><OriginPath>/releases/v1&amp;2</OriginPath>
              <CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader><HeaderName>X-Env</HeaderName>
                <HeaderValue><![CDATA[<OriginPath>/nor/this</OriginPath>]]></HeaderValue></OriginCustomHeader></Items></CustomHeaders>
              <S3OriginConfig><OriginAccessIdentity/></S3OriginConfig><OriginAccessControlId>E2QWRUHAPOMQZL</OriginAccessControlId></Origin>
            <?keep this?><Origin f:new="yes"><OriginPath  ><!-- live --><![CDATA[/prod]]></OriginPath><DomainName>api.example.com</DomainName>
              <Id>api</Id><CustomOriginConfig><HTTPPort>80</HTTPPort></CustomOriginConfig><f:Unknown a="&lt;1>"/></Origin>
            <Origin><Id>empty</Id><DomainName>empty.s3.amazonaws.com</DomainName><OriginPath a='1' /><S3OriginConfig/></Origin>
            <Origin><Id>none</Id><DomainName>none.s3.amazonaws.com</DomainName><S3OriginConfig/></Origin>
            <Origin><Id>old</Id><DomainName>old.s3-website.eu-central-1.amazonaws.com</DomainName><OriginPath>/live</OriginPath></Origin>
          </Items></Origins>
          <OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>site &amp; co</Id><Members><Quantity>2</Quantity><Items>
            <OriginGroupMember><OriginId>site &amp; co</OriginId></OriginGroupMember><OriginGroupMember><OriginId>old</OriginId></OriginGroupMember>
          </Items></Members></OriginGroup></Items></OriginGroups>
          <DefaultCacheBehavior><TargetOriginId>site &amp; co</TargetOriginId><FunctionAssociations><Quantity>1</Quantity><Items>
            <FunctionAssociation><FunctionARN>arn:aws:cloudfront::1:function/f</FunctionARN></FunctionAssociation></Items></FunctionAssociations>
          </DefaultCacheBehavior><f:Later><f:Origins><f:Items><f:Origin><f:Id>api</f:Id></f:Origin></f:Items></f:Origins></f:Later>
          <Comment>日本語 😀 &quot;q&quot;</Comment><Enabled>true</Enabled>
        </DistributionConfig>
        <!-- the end -->

        """
}
