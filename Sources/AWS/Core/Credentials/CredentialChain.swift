internal import PipelineKit

/// The places that may have credentials, in the order in which they are searched.
struct CredentialChain: CredentialSource {
    private let sources: [any CredentialSource]

    init(_ sources: [any CredentialSource]) {
        self.sources = sources
    }

    /// A profile that the pipeline names comes before keys in the environment, as with AWS's own tools.
    init(_ environment: AWSEnvironment, _ settings: AWSSettings, profiles: SharedProfiles, endpoints: Endpoints) {
        let roles = RoleAssumer(environment, endpoints)
        let keys: [any CredentialSource] = settings.profile == nil ? [EnvironmentCredentials(environment)] : []
        let profile = ProfileCredentials(
            environment, profiles, name: settings.profileName(environment),
            isChosen: settings.profile != nil || environment.variable("AWS_PROFILE") != nil, roles: roles,
            endpoints: endpoints)
        self.init(
            keys + [
                profile, WebIdentityCredentials(environment, roles), GitHubCredentials(environment, roles),
                ContainerCredentials(environment), InstanceCredentials(environment),
            ])
    }

    func find() async throws -> CredentialFinding {
        var reasons: [String] = []
        for source in sources {
            switch try await source.find() {
            case .found(let credentials): return .found(credentials)
            case .absent(let reason): reasons.append(reason)
            }
        }
        return .absent(reasons.joined(separator: "; "))
    }

    static func nothing(_ reasons: String) -> CredentialError {
        CredentialError(
            .none, "no AWS credentials were found: \(reasons)",
            help:
                "on your own machine sign in (`aws configure`, or set AWS_PROFILE); in a CI job set AWS_ROLE_ARN and let "
                + "the job have an OIDC token")
    }
}
