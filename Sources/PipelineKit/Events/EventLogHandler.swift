internal import Logging

/// Turns what a step logs into events.
struct EventLogHandler: LogHandler {
    let stepID: String?
    let events: EventStream
    var logLevel: Logger.Level = .trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        events.emit(.log(id: stepID, event.level, "\(event.message)" + described(event)))
    }

    /// Formats the metadata as `name=value`, sorted by name: a library that a step uses may put everything it says
    /// there.
    private func described(_ event: LogEvent) -> String {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        return all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    }
}
