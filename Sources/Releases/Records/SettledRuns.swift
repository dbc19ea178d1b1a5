public import PipelineKit
internal import Synchronization

/// The runs that did not end, and that this run has finished before its own first step. What they made live has passed
/// their checks; if this run brings the same release, it does not rest on that, and makes its own.
public final class SettledRuns: Sendable {
    private let ids = Mutex<Set<String>>([])

    public init() {}

    public func note(_ run: String) { ids.withLock { _ = $0.insert(run) } }

    public func contains(_ run: String) -> Bool { ids.withLock { $0.contains(run) } }
}

/// If an executable has put none into the context, its runs finish no others.
public enum SettledRunsKey: ContextKey {
    public static var defaultValue: SettledRuns { SettledRuns() }
}
