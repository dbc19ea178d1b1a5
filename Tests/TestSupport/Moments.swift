internal import Synchronization

/// Collects the moments of a run.
final class Moments: Sendable {
    private let kept = Mutex<[TestRun.Moment]>([])

    func add(_ moment: TestRun.Moment) { kept.withLock { $0.append(moment) } }
    var all: [TestRun.Moment] { kept.withLock { $0 } }
}
