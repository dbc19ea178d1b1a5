internal import PipelineKit
internal import Synchronization

/// The first few of many files, for a message.
public struct FileSample: Sendable {
    private var first: [String] = []
    public private(set) var count = 0

    public init() {}

    private static let shown = 5

    public mutating func add(_ key: String) {
        count += 1
        if first.count < Self.shown { first.append(key) }
    }

    /// `a.js`, `b.js` and 3 more; empty if there is none.
    public var text: String {
        let names = first.map { "`\(SanitizedLine.clean($0))`" }
        if count > first.count { return names.joined(separator: ", ") + " and \(count - first.count) more" }
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

/// The same for several threads.
public final class SharedSample: Sendable {
    private let state = Mutex(FileSample())

    public init() {}

    public func add(_ key: String) { state.withLock { $0.add(key) } }
    public var value: FileSample { state.withLock(\.self) }
}
