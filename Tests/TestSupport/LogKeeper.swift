public import Logging
internal import Synchronization

/// Keeps what is logged, in order.
public struct LogKeeper: LogHandler {
    public final class Lines: Sendable {
        private let kept = Mutex<[String]>([])

        public init() {}

        /// Each with its level before it: `warning: …`.
        public var texts: [String] { kept.withLock { $0 } }

        fileprivate func add(_ text: String) { kept.withLock { $0.append(text) } }
    }

    private let lines: Lines
    public var metadata: Logger.Metadata = [:]
    public var logLevel = Logger.Level.trace

    public init(_ lines: Lines) {
        self.lines = lines
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        lines.add("\(event.level.rawValue): \(event.message)")
    }
}
