internal import PipelineKit
internal import Synchronization

/// Requests that were sent again, because the first one got no answer: that one may still arrive.
final class UnansweredRequests: Sendable {
    private let count = Atomic(0)

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    /// The same store, whose requests are counted here.
    func noted(of store: some ReleaseStore) -> any ReleaseStore {
        store.reportingRetries { [self] error in
            if Self.mayArrive(error) { count.add(1, ordering: .relaxed) }
        }
    }

    /// What a server has refused because it has too much to do, it does not do later.
    static func mayArrive(_ error: any DescribedError) -> Bool {
        error.retryClass == .network || error.retryClass == .timeout
    }
}
