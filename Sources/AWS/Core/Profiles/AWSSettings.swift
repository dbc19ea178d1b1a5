public import HTTP
internal import ObjectStorage
internal import PipelineKit

/// The AWS settings of a pipeline; what it leaves out comes from the environment and the profile.
public struct AWSSettings: Hashable, Sendable {
    public var region: String?
    public var profile: String?
    /// Endpoints of a store that only speaks like S3, and the like.
    public var endpoints: [AWSService: HTTPURL]

    public init(region: String? = nil, profile: String? = nil, endpoints: [AWSService: HTTPURL] = [:]) {
        self.region = region
        self.profile = profile
        self.endpoints = endpoints
    }

    func profileName(_ environment: AWSEnvironment) -> String {
        profile ?? environment.variable("AWS_PROFILE") ?? environment.variable("AWS_DEFAULT_PROFILE") ?? "default"
    }

    func endpoints(_ environment: AWSEnvironment, _ profiles: SharedProfiles) throws -> Endpoints {
        let name = profileName(environment)
        let region =
            region ?? environment.variable("AWS_REGION") ?? environment.variable("AWS_DEFAULT_REGION")
            ?? profiles[name]?["region"] ?? Region.fallback
        var custom: [AWSService: HTTPURL] = [:]
        for service in AWSService.allCases {
            custom[service] = try endpoints[service] ?? configuredEndpoint(of: service, environment, profiles)
        }
        var result = try Endpoints(region: region, custom: custom)
        let setting = Setting(environment: environment, profile: profiles[name] ?? [:], name: name)
        result.variant.isFIPS = setting.isTrue("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        result.variant.isDualStack =
            setting.isTrue("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
            || profiles[name]?["s3.use_dualstack_endpoint"]?.lowercased() == "true"
        result.addressing =
            switch try setting.word(
                "RUNNER_S3_ADDRESSING_STYLE", "s3.addressing_style", of: ["auto", "path", "virtual"])
            {
            case "path": .path
            case "virtual": .virtualHost
            default: nil
            }
        let checksums = ["when_supported", "when_required"]
        result.sendsChecksums =
            try setting.word("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation", of: checksums)
            != "when_required"
        result.asksForChecksums =
            try setting.word("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation", of: checksums)
            != "when_required"
        return result
    }

    private func configuredEndpoint(
        of service: AWSService, _ environment: AWSEnvironment, _ profiles: SharedProfiles
    ) throws -> HTTPURL? {
        let name = profileName(environment)
        let ignores =
            environment.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            ?? profiles[name]?["ignore_configured_endpoint_urls"]
        if ignores?.lowercased() == "true" { return nil }
        for variable in ["AWS_ENDPOINT_URL_\(service.signingName.uppercased())", "AWS_ENDPOINT_URL"] {
            if let text = environment.variable(variable) { return try Self.url(text, from: variable) }
        }
        return try profiles.endpoint(of: service, profile: name).map {
            try Self.url($0, from: "endpoint_url of the AWS profile '\(name)'")
        }
    }

    private static func url(_ text: String, from place: String) throws -> HTTPURL {
        do {
            return try HTTPURL(text)
        } catch {
            throw StepError(
                "invalid-endpoint", "\(place) is not an endpoint: \(error.message)",
                help: "write it such as https://s3.example.org or http://127.0.0.1:9000")
        }
    }
}

/// A switch of AWS's tools: a variable, or a line of the profile if that is not set.
private struct Setting {
    var environment: AWSEnvironment
    var profile: [String: String]
    /// The profile's.
    var name: String

    func isTrue(_ variable: String, _ key: String) -> Bool {
        (environment.variable(variable) ?? profile[key])?.lowercased() == "true"
    }

    /// - Returns: one of the words; nil if nothing is set.
    /// - Throws: `StepError` `invalid-setting` for another word.
    func word(_ variable: String, _ key: String, of words: [String]) throws -> String? {
        let (text, place) =
            environment.variable(variable).map { ($0, variable) }
            ?? (profile[key] ?? "", "\(key) of the AWS profile '\(name)'")
        if text.isEmpty { return nil }
        let word = text.lowercased()
        guard words.contains(word) else {
            throw StepError(
                "invalid-setting", "\(place) is \(text.debugDescription)",
                help: "write one of \(words.joined(separator: ", ")) there")
        }
        return word
    }
}
