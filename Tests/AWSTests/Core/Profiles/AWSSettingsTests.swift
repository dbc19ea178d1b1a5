import HTTP
import ObjectStorage
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// Which region and which endpoint apply.
@Suite struct AWSSettingsTests {
    static let config: [FilePath: String] = [
        "/home/me/.aws/config": """
        [default]
        region = profile-1
        [profile local]
        region = local-1
        endpoint_url = http://profile:1
        services = mine
        [profile off]
        endpoint_url = http://profile:1
        ignore_configured_endpoint_urls = true
        [profile switches]
        use_fips_endpoint = true
        use_dualstack_endpoint = TRUE
        request_checksum_calculation = WHEN_REQUIRED
        response_checksum_validation = when_required
        s3 =
            addressing_style = virtual
        [profile path]
        s3 =
        \taddressing_style = path
        \tuse_dualstack_endpoint = true
        [profile wrong]
        s3 =
            addressing_style = host
        [services mine]
        s3 =
          endpoint_url = http://own:2
        """
    ]

    @Test(
        arguments: [
            (nil, [:], "us-east-1", false), (nil, [:], "profile-1", true),
            (nil, ["AWS_DEFAULT_REGION": "default-1"], "default-1", true),
            (nil, ["AWS_DEFAULT_REGION": "default-1", "AWS_REGION": "env-1"], "env-1", true),
            ("option-1", ["AWS_REGION": "env-1"], "option-1", true), (nil, ["AWS_PROFILE": "local"], "local-1", true),
            (nil, ["AWS_REGION": ""], "profile-1", true),
        ] as [(String?, [String: String], String, Bool)])
    func findsTheRegion(option: String?, environment: [String: String], region: String, hasFile: Bool) async throws {
        let world = TestWorld(environment, files: hasFile ? Self.config : [:])
        #expect(try await world.endpoints(AWSSettings(region: option)).region == region)
    }

    @Test(
        arguments: [
            ([:], nil, nil),
            (["AWS_ENDPOINT_URL": "http://all"], "http://all/", "http://all/"),
            (["AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_S3": "http://s3"], "http://s3/", "http://all/"),
            (["AWS_ENDPOINT_URL_CLOUDFRONT": "http://cf", "AWS_ENDPOINT_URL_STS": "http://sts"], nil, "http://sts/"),
            (["AWS_PROFILE": "local"], "http://own:2/", "http://profile:1/"),
            (["AWS_PROFILE": "local", "AWS_ENDPOINT_URL": "http://all"], "http://all/", "http://all/"),
            (["AWS_PROFILE": "off", "AWS_ENDPOINT_URL": "http://all"], nil, nil),
            (["AWS_PROFILE": "local", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"], nil, nil),
        ] as [([String: String], String?, String?)])
    func findsTheEndpoints(environment: [String: String], s3: String?, sts: String?) async throws {
        let endpoints = try await TestWorld(environment, files: Self.config).endpoints()
        #expect(endpoints.custom[.s3]?.description == s3)
        #expect(endpoints.custom[.sts]?.description == sts)
    }

    struct Switched: Sendable {
        var environment: [String: String]
        var isFIPS = false
        var isDualStack = false
        var addressing: StorageCapabilities.Addressing?
        var sends = true
        var asks = true
    }

    @Test(arguments: [
        Switched(environment: [:]),
        Switched(
            environment: ["AWS_PROFILE": "switches"], isFIPS: true, isDualStack: true, addressing: .virtualHost,
            sends: false, asks: false),
        Switched(environment: ["AWS_PROFILE": "path"], isDualStack: true, addressing: .path),
        // A variable comes before the profile.
        Switched(
            environment: [
                "AWS_PROFILE": "switches", "AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": "false",
                "RUNNER_S3_ADDRESSING_STYLE": "auto", "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
                "AWS_RESPONSE_CHECKSUM_VALIDATION": "WHEN_SUPPORTED",
            ]),
        Switched(
            environment: [
                "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true",
                "RUNNER_S3_ADDRESSING_STYLE": "virtual", "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
                "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            ], isFIPS: true, isDualStack: true, addressing: .virtualHost, sends: false, asks: false),
        Switched(environment: ["AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"], asks: false),
    ]) func obeysTheSwitchesOfAWSsTools(_ row: Switched) async throws {
        let endpoints = try await TestWorld(row.environment, files: Self.config).endpoints()
        #expect(endpoints.variant == EndpointVariant(isFIPS: row.isFIPS, isDualStack: row.isDualStack))
        #expect(endpoints.addressing == row.addressing)
        #expect(endpoints.storage.keepsSHA256 == row.sends)
        #expect(endpoints.storage.tellsSHA256 == row.asks)
    }

    @Test(arguments: [
        (["AWS_PROFILE": "wrong"], "s3.addressing_style of the AWS profile 'wrong' is \"host\""),
        (["RUNNER_S3_ADDRESSING_STYLE": "host"], "RUNNER_S3_ADDRESSING_STYLE is \"host\""),
        (["AWS_REQUEST_CHECKSUM_CALCULATION": "never"], "AWS_REQUEST_CHECKSUM_CALCULATION is \"never\""),
    ]) func refusesAWordThatMeansNothing(environment: [String: String], message: String) async throws {
        let error = await #expect(throws: StepError.self) {
            try await TestWorld(environment, files: Self.config).endpoints()
        }
        #expect(error?.code == "invalid-setting" && error?.message == message)
    }

    @Test func takesTheEndpointOfTheOptionFirst() async throws {
        let world = TestWorld(["AWS_ENDPOINT_URL_S3": "http://s3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"])
        let endpoints = try await world.endpoints(AWSSettings(endpoints: [.s3: HTTPURL("http://option")]))
        #expect(endpoints.custom[.s3]?.host == "option")
        #expect(endpoints.custom[.sts] == nil)
    }

    @Test(arguments: ["localhost:9000", "ftp://x", "http://user:pa55@x", "http://"])
    func refusesAnEndpointThatIsNone(text: String) async throws {
        let world = TestWorld(["AWS_ENDPOINT_URL_S3": text])
        let error = await #expect(throws: StepError.self) { try await world.endpoints() }
        #expect(error?.code == "invalid-endpoint")
        #expect(error?.message.hasPrefix("AWS_ENDPOINT_URL_S3 is not an endpoint") ?? false)
        #expect(!(error?.message.contains("pa55") ?? true))
    }

    @Test func readsTheFilesThatAreNamed() async throws {
        let world = TestWorld(
            ["AWS_CONFIG_FILE": "conf", "AWS_SHARED_CREDENTIALS_FILE": "~/keys"],
            files: [
                "/project/conf": "[default]\nregion=x-1",
                "/home/me/keys": "[default]\naws_access_key_id=K\naws_secret_access_key=S",
            ]
        )
        #expect(try await world.endpoints().region == "x-1")
        #expect(try await world.find()?.accessKeyID == "K")
    }

    @Test func readsNothingWithoutAHomeFolder() async throws {
        var world = TestWorld()
        world.environment["HOME"] = nil
        #expect(try await world.endpoints().region == "us-east-1")
    }
}
