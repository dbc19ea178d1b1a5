internal import Synchronization

/// How one request of a batch ended.
enum Outcome: Sendable {
    case response(HTTPResponse)
    case failure(TransportError)
    case cancelled
}

/// A batch on its way to an event loop. The event loop answers once, with an outcome for each request in order.
struct Submission: Sendable {
    var requests: [HTTPRequest]
    var token: CancellationToken
    var continuation: CheckedContinuation<[Outcome], Never>
}

/// Names a batch while it is cancelled.
///
/// A cancel can come before the batch is queued. The mark is set before the event loop is told: whichever of the two reaches the
/// loop first, it either finds the batch or the mark.
final class CancellationToken: Sendable {
    private let cancelled = Atomic(false)

    var isCancelled: Bool { cancelled.load(ordering: .sequentiallyConsistent) }

    func cancel() {
        cancelled.store(true, ordering: .sequentiallyConsistent)
    }
}

/// A batch on its loop, which it never leaves.
final class Batch {
    let token: CancellationToken
    private let requests: [HTTPRequest]
    private let continuation: CheckedContinuation<[Outcome], Never>
    private var outcomes: [Outcome]
    private var unsettled: Int
    private var next = 0

    init(_ submission: Submission) {
        token = submission.token
        requests = submission.requests
        continuation = submission.continuation
        // What nothing else completes was taken out of the queue by a cancel.
        outcomes = Array(repeating: .cancelled, count: requests.count)
        unsettled = requests.count
    }

    /// The next request that was not started yet.
    func takeNext() -> Job? {
        guard next < requests.count else { return nil }
        defer { next += 1 }
        return Job(batch: self, index: next, request: requests[next])
    }

    /// Ends all requests that were not started yet.
    func completeRest(_ outcome: Outcome) {
        while let job = takeNext() { complete(job, outcome) }
    }

    /// The caller goes on when the last request is completed.
    func complete(_ job: Job, _ outcome: Outcome) {
        outcomes[job.index] = outcome
        unsettled -= 1
        if unsettled == 0 { continuation.resume(returning: outcomes) }
    }
}

/// One request of a batch.
struct Job {
    let batch: Batch
    let index: Int
    let request: HTTPRequest
}
