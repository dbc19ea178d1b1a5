internal import Logging

/// Makes events of what a step logs.
struct EventLogHandler: LogHandler {
    let stepID: String?
    let events: EventStream
    var logLevel: Logger.Level = .trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        events.emit(.log(id: stepID, event.level, "\(event.message)"))
    }
}
