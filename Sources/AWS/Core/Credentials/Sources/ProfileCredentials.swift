internal import PipelineKit

/// The credentials of a profile: keys, a command that prints them, a person's sign-in, or a role and the means to take it.
struct ProfileCredentials: CredentialSource {
    private let environment: AWSEnvironment
    private let profiles: SharedProfiles
    private let name: String
    /// True if somebody named the profile; `default` need not exist.
    private let isChosen: Bool
    private let roles: RoleAssumer
    private let endpoints: Endpoints

    init(
        _ environment: AWSEnvironment, _ profiles: SharedProfiles, name: String, isChosen: Bool, roles: RoleAssumer,
        endpoints: Endpoints
    ) {
        self.endpoints = endpoints
        self.environment = environment
        self.profiles = profiles
        self.name = name
        self.isChosen = isChosen
        self.roles = roles
    }

    func find() async throws -> CredentialFinding {
        guard let profile = profiles[name] else {
            if isChosen { throw profiles.missing(name) }
            return .absent("\(profiles.configPath) and \(profiles.credentialsPath) have no profile '\(name)'")
        }
        if let credentials = try await credentials(of: name, profile, through: []) { return .found(credentials) }
        let reason = "the AWS profile '\(name)' has no credentials"
        guard isChosen else { return .absent(reason) }
        if profile["login_session"] != nil { throw signedInElsewhere(name) }
        throw CredentialError(
            .unusable, reason, help: "give it some with `aws configure --profile \(ShellWord.quoted(name))`")
    }

    /// - Parameter path: the profiles that led here by `source_profile`.
    private func credentials(
        of name: String, _ profile: [String: String], through path: [String]
    ) async throws -> Credentials? {
        if let arn = profile["role_arn"] { return try await role(arn, name, profile, through: path) }
        if let keys = try keys(name, profile) { return keys }
        if let command = profile["credential_process"] {
            return try await ProcessCredentials(environment, command: command, profile: name).credentials()
        }
        return try await IdentityCenterCredentials(environment, endpoints, profiles, profile, name: name)?
            .credentials()
    }

    private func role(
        _ arn: String, _ name: String, _ profile: [String: String], through path: [String]
    ) async throws -> Credentials {
        guard profile["mfa_serial"] == nil else {
            throw CredentialError(
                .unusable, "the AWS profile '\(name)' asks for a one-time code, and nobody can type it here",
                help:
                    "take the role first, then run: eval \"$(aws configure export-credentials --profile \(name) --format env)\""
            )
        }
        let role = STS.Role(
            arn: arn, sessionName: profile["role_session_name"] ?? roles.sessionName,
            externalID: profile["external_id"],
            seconds: profile["duration_seconds"].flatMap { Int($0) })
        let region = profile["region"]
        if let file = profile["web_identity_token_file"] {
            let token = try await WebIdentityCredentials.readToken(file, environment)
            return try await roles.assume(role, token: token, region: region)
        }
        let base: Credentials
        switch (profile["source_profile"], profile["credential_source"]) {
        case (let source?, nil): base = try await self.base(source, of: name, through: path)
        case (nil, let source?): base = try await self.base(place: source, of: name)
        default:
            throw CredentialError(
                .unusable,
                "the AWS profile '\(name)' names the role \(arn), but needs exactly one source of credentials for it",
                help: "add source_profile, credential_source or web_identity_token_file to it")
        }
        return try await roles.assume(role, with: base, region: region)
    }

    private func base(_ source: String, of name: String, through path: [String]) async throws -> Credentials {
        guard let profile = profiles[source] else { throw profiles.missing(source) }
        // A profile may be its own source: its own keys then take its role.
        if source == name, let keys = try keys(name, profile) { return keys }
        guard !path.contains(source), source != name else {
            throw CredentialError(
                .unusable,
                "AWS profiles name each other as their source: \((path + [name, source]).joined(separator: " → "))",
                help: "give one of them credentials of its own")
        }
        guard let base = try await credentials(of: source, profile, through: path + [name]) else {
            if profile["login_session"] != nil { throw signedInElsewhere(source) }
            throw CredentialError(
                .unusable, "the AWS profile '\(source)', the source of '\(name)', has no credentials",
                help: "give it some with `aws configure --profile \(ShellWord.quoted(source))`")
        }
        return base
    }

    private func base(place: String, of name: String) async throws -> Credentials {
        let source: any CredentialSource
        switch place {
        case "Environment": source = EnvironmentCredentials(environment)
        case "EcsContainer": source = ContainerCredentials(environment)
        case "Ec2InstanceMetadata": source = InstanceCredentials(environment)
        default:
            throw CredentialError(
                .unusable, "the AWS profile '\(name)' has an unknown credential_source: \(place.debugDescription)",
                help: "write Environment, EcsContainer or Ec2InstanceMetadata")
        }
        switch try await source.find() {
        case .found(let credentials): return credentials
        case .absent(let reason):
            throw CredentialError(
                .unusable, "the AWS profile '\(name)' takes its credentials from \(place), but \(reason)")
        }
    }

    private func keys(_ name: String, _ profile: [String: String]) throws -> Credentials? {
        switch (profile["aws_access_key_id"], profile["aws_secret_access_key"]) {
        case (nil, nil): return nil
        case (let id?, let secret?) where !id.isEmpty && !secret.isEmpty:
            return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
        default:
            throw CredentialError(
                .unusable, "the AWS profile '\(name)' has only one of aws_access_key_id and aws_secret_access_key",
                help: "give it both with `aws configure --profile \(ShellWord.quoted(name))`")
        }
    }

    /// A token of `aws login` is bound to a key of aws-cli's own.
    private func signedInElsewhere(_ name: String) -> CredentialError {
        CredentialError(
            .unusable, "the AWS profile '\(name)' signs in by `aws login`, whose token only the AWS CLI can use",
            help: "sign in with `aws login --profile \(ShellWord.quoted(name))`, and " + Self.exportAdvice(name))
    }

    static func exportAdvice(_ name: String) -> String {
        "put into the profile: credential_process = aws configure export-credentials --profile "
            + ShellWord.quoted(name)
    }
}
