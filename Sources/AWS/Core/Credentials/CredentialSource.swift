/// One place where credentials may be.
protocol CredentialSource: Sendable {
    /// - Throws: `CredentialError` where the place was chosen and cannot give any; `CancellationError`.
    func find() async throws -> CredentialFinding
}

enum CredentialFinding: Sendable {
    case found(Credentials)
    /// Why not, as a clause: "AWS_ACCESS_KEY_ID is not set".
    case absent(String)
}
