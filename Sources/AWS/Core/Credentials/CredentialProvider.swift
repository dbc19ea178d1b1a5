/// Gives the credentials to sign with.
public protocol CredentialProvider: Sendable {
    /// Credentials that are good for the next call; asked for each attempt.
    ///
    /// - Throws: `CredentialError`; `CancellationError`.
    func credentials() async throws -> Credentials

    /// Others than those that a service refused as expired; nil where there are none.
    func credentials(insteadOf refused: Credentials) async throws -> Credentials?
}

/// Keys that stay as they are.
public struct StaticCredentials: CredentialProvider {
    private let value: Credentials

    public init(_ value: Credentials) {
        self.value = value
    }

    public func credentials() async throws -> Credentials { value }

    public func credentials(insteadOf refused: Credentials) async throws -> Credentials? { nil }
}
