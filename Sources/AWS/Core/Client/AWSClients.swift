public import PipelineKit
internal import Synchronization

/// The clients of one run, for all its steps. What one step has learnt (credentials, where a bucket is, the retry
/// quota), the next one knows already.
public final class AWSClients: Sendable {
    /// Steps may differ by their `env:`; the process's own environment is the same for all.
    private struct Setup: Hashable {
        var settings: AWSSettings
        var variables: [String: String]
    }

    private let clients = Mutex<[Setup: AWSClient]>([:])

    public init() {}

    /// The client for a step, which logs and sleeps as the step does.
    ///
    /// - Throws: `CredentialError` if a settings file cannot be read; `StepError` for an invalid region or endpoint.
    public func client(_ settings: AWSSettings = AWSSettings(), in context: StepContext) async throws -> AWSClient {
        let setup = Setup(settings: settings, variables: context.stepEnvironment)
        if let known = clients.withLock({ $0[setup] }) { return AWSClient(known, for: context) }
        let made = try await AWSClient(settings, in: context)
        return clients.withLock { clients in
            if let earlier = clients[setup] { return AWSClient(earlier, for: context) }
            clients[setup] = made
            return made
        }
    }
}

/// The context's clients. If an executable has put none there, each access makes clients of its own.
public enum AWSClientsKey: ContextKey {
    public static var defaultValue: AWSClients { AWSClients() }
}
