/// Provides the credentials to sign with.
public protocol CredentialProvider: Sendable {
    /// Credentials that are valid for the next call; called for each attempt.
    ///
    /// - Throws: `CredentialError`; `CancellationError`.
    func credentials() async throws -> Credentials

    /// Credentials other than those that a service refused as expired; nil if there are none.
    func credentials(insteadOf refused: Credentials) async throws -> Credentials?
}

/// Provides keys that never change.
public struct StaticCredentials: CredentialProvider {
    private let value: Credentials

    public init(_ value: Credentials) {
        self.value = value
    }

    public func credentials() async throws -> Credentials { value }

    public func credentials(insteadOf refused: Credentials) async throws -> Credentials? { nil }
}
