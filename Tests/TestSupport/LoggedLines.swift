public import Logging
internal import Synchronization

/// Keeps what is logged.
public final class LoggedLines: LogHandler {
    private let state = Mutex<[String]>([])

    public init() {}

    /// Each with its level in front: `warning release v1 is not deleted`.
    public var texts: [String] { state.withLock { $0 } }

    /// What was logged since this was last asked for.
    public func take() -> [String] {
        state.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    public var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    public var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    public func log(event: LogEvent) {
        state.withLock { $0.append("\(event.level) \(event.message)") }
    }
}
