internal import Synchronization

/// Keeps lines in the order in which they were noted, from whatever task: what a test compares as a whole.
public final class Recorder: Sendable {
    private let kept = Mutex<[String]>([])

    public init() {}

    public func note(_ line: String) { kept.withLock { $0.append(line) } }
    public var lines: [String] { kept.withLock { $0 } }
}
