public import HTTP
internal import PipelineKit

/// What a pipeline says about AWS by itself; what it leaves out comes from the environment and the profile.
public struct AWSSettings: Hashable, Sendable {
    public var region: String?
    public var profile: String?
    /// Of a store that only speaks like S3, and the like.
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
        return try Endpoints(region: region, custom: custom)
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
                "invalid-endpoint", "\(place) is no endpoint: \(error.message)",
                help: "write it such as https://s3.example.org or http://127.0.0.1:9000")
        }
    }
}
