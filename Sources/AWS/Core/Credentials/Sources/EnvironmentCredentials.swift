/// Keys in the environment.
struct EnvironmentCredentials: CredentialSource {
    private let environment: AWSEnvironment

    init(_ environment: AWSEnvironment) {
        self.environment = environment
    }

    func find() async throws -> CredentialFinding {
        switch (environment.variable("AWS_ACCESS_KEY_ID"), environment.variable("AWS_SECRET_ACCESS_KEY")) {
        case (let id?, let secret?):
            return .found(
                Credentials(
                    accessKeyID: id, secretAccessKey: secret, sessionToken: environment.variable("AWS_SESSION_TOKEN")))
        case (nil, nil): return .absent("AWS_ACCESS_KEY_ID is not set")
        case (nil, _?):
            throw CredentialError(
                .unusable, "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not", help: "set both, or neither")
        case (_?, nil):
            throw CredentialError(
                .unusable, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not", help: "set both, or neither")
        }
    }
}
