internal import Synchronization

/// Counts words that several tasks note.
public final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    public init() {}

    public func note(_ word: String) { counts.withLock { $0[word, default: 0] += 1 } }

    public var count: Int { counts.withLock { $0.values.reduce(0, +) } }

    /// Such as `3 refused, 1 done`, the most frequent one first.
    public var text: String {
        counts.withLock { counts in
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
                .joined(separator: ", ")
        }
    }
}
