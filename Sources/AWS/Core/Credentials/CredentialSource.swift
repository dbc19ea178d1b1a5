/// One place that may have credentials.
protocol CredentialSource: Sendable {
    /// - Throws: `CredentialError` if the place was chosen and cannot give any; `CancellationError`.
    func find() async throws -> CredentialFinding
}

enum CredentialFinding: Sendable {
    case found(Credentials)
    /// The reason, as a clause: "AWS_ACCESS_KEY_ID is not set".
    case absent(String)
}
