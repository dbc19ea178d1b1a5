internal import PipelineKit
internal import SystemPackage

/// The profiles of `~/.aws/config` and `~/.aws/credentials`.
struct SharedProfiles: Sendable {
    /// The path, for messages.
    var configPath: String
    var credentialsPath: String
    private var profiles: [String: [String: String]] = [:]
    private var services: [String: [String: String]] = [:]
    private var sessions: [String: [String: String]] = [:]

    static func read(_ environment: AWSEnvironment) async throws -> SharedProfiles {
        let config = environment.variable("AWS_CONFIG_FILE") ?? "~/.aws/config"
        let credentials = environment.variable("AWS_SHARED_CREDENTIALS_FILE") ?? "~/.aws/credentials"
        func file(_ path: String) async throws -> ConfigFile {
            // Without a home folder there is nothing to read.
            guard !path.hasPrefix("~") || environment.variable("HOME") != nil else { return ConfigFile("") }
            do {
                return ConfigFile(
                    String(decoding: try await environment.readFile(environment.path(path)) ?? [], as: UTF8.self))
            } catch let error as FileError {
                throw CredentialError(.unusable, error.message, help: error.help)
            }
        }
        return SharedProfiles(
            config: try await file(config), configPath: config, credentials: try await file(credentials),
            credentialsPath: credentials)
    }

    init(config: ConfigFile, configPath: String, credentials: ConfigFile, credentialsPath: String) {
        self.configPath = configPath
        self.credentialsPath = credentialsPath
        for section in config.sections {
            let parts = section.name.split(separator: " ", maxSplits: 1).map(String.init)
            switch (parts.first, parts.count) {
            case ("default", 1): profiles["default", default: [:]].merge(section.values) { $1 }
            case ("profile", 2): profiles[parts[1], default: [:]].merge(section.values) { $1 }
            case ("sso-session", 2): sessions[parts[1], default: [:]].merge(section.values) { $1 }
            case ("services", 2): services[parts[1], default: [:]].merge(section.values) { $1 }
            default: continue
            }
        }
        for section in credentials.sections {
            profiles[section.name, default: [:]].merge(section.values) { $1 }
        }
    }

    var names: [String] { profiles.keys.sorted() }

    subscript(name: String) -> [String: String]? { profiles[name] }

    /// How a person signs in, which several profiles may share; nil if there is none of this name.
    func session(_ name: String) -> [String: String]? { sessions[name] }

    /// The endpoint that a profile names for a service, in its own section of services or for all.
    func endpoint(of service: AWSService, profile name: String) -> String? {
        guard let profile = profiles[name] else { return nil }
        let own = profile["services"].flatMap { services[$0]?["\(service.signingName).endpoint_url"] }
        return [own, profile["endpoint_url"]].compactMap { $0 }.first { !$0.isEmpty }
    }

    /// The error for a profile that does not exist.
    func missing(_ name: String) -> CredentialError {
        let known = names.isEmpty ? "there is none" : "there are \(names.joined(separator: ", "))"
        return CredentialError(
            .noSuchProfile, "there is no AWS profile '\(name)' in \(configPath) or \(credentialsPath): \(known)",
            help: "correct the option `profile` or AWS_PROFILE, or make it: aws configure --profile \(name)")
    }
}
