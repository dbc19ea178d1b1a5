internal import FoundationEssentials
internal import Logging
internal import PipelineKit
internal import Synchronization

/// Keeps credentials until shortly before they expire. At most one refresh runs at a time: the other tasks wait for it.
final class CredentialCache: CredentialProvider {
    private let source: any CredentialSource
    private let clock: any RunClock
    private let logger: Logger
    private let note: @Sendable (Credentials) -> Void
    private let state = Mutex(CachedCredentials())

    /// - Parameter note: gets the credentials as soon as they are known.
    init(
        _ source: any CredentialSource, clock: any RunClock, logger: Logger,
        note: @escaping @Sendable (Credentials) -> Void = { _ in }
    ) {
        self.source = source
        self.note = note
        self.clock = clock
        self.logger = logger
    }

    /// The number of tasks that wait for a refresh.
    var waiting: Int { state.withLock(\.waiting.count) }

    func credentials() async throws -> Credentials {
        let now = clock.date
        if let good = state.withLock({ $0.usable(at: now) }) { return good }
        do {
            return try await refreshed(at: now)
        } catch let error as any DescribedError {
            guard
                let old = state.withLock({
                    $0.surviving(at: now, until: now.addingTimeInterval(CachedCredentials.pause))
                })
            else {
                throw error
            }
            logger.warning("the AWS credentials could not be renewed and are used until they expire: \(error.message)")
            return old
        }
    }

    func credentials(insteadOf refused: Credentials) async throws -> Credentials? {
        state.withLock { state in
            // Another task may have replaced them in the meantime.
            if state.current == refused { state.current = nil }
        }
        let fresh = try await credentials()
        return fresh == refused ? nil : fresh
    }

    private func refreshed(at now: Date) async throws -> Credentials {
        while true {
            let (good, joined) = state.withLock { state in
                // A refresh may have ended since the first look.
                let good = state.usable(at: now)
                return (good, good == nil ? state.join { Workplace.task { try await self.load() } } : nil)
            }
            if let good { return good }
            guard let (refresh, waiter) = joined else { continue }
            defer { leave(waiter) }
            do {
                let credentials = try await withTaskCancellationHandler {
                    try await refresh.value
                } onCancel: {
                    leave(waiter)
                }
                try Task.checkCancellation()
                return credentials
            } catch is CancellationError {
                // Another task's refresh was cancelled just when this task began to wait for it.
                try Task.checkCancellation()
            }
        }
    }

    private func leave(_ waiter: Int) {
        state.withLock { $0.leave(waiter) }
    }

    private func load() async throws -> Credentials {
        do {
            switch try await source.find() {
            case .absent(let reasons): throw CredentialChain.nothing(reasons)
            case .found(let credentials):
                note(credentials)
                state.withLock { $0.keep(credentials) }
                return credentials
            }
        } catch {
            state.withLock { $0.refresh = nil }
            throw error
        }
    }
}
