import Logging
import TestSupport
import Testing

@testable import PipelineKit

/// What a step logs, as an event.
@Suite struct EventLogHandlerTests {
    private final class Texts: EventSink {
        let recorder = Recorder()

        func receive(_ event: TimedEvent) {
            if case .log(let id, let level, let text) = event.event { recorder.note("\(id ?? "-") \(level): \(text)") }
        }
    }

    @Test func metadataIsToldBehindTheMessage() {
        let texts = Texts()
        let events = EventStream(sinks: [texts], clock: TestClock(), masker: SecretMasker([]))
        var logger = Logger(label: "upload") { _ in EventLogHandler(stepID: "upload", events: events) }
        logger.info("plain")
        logger[metadataKey: "part"] = "3"
        logger.warning("slow", metadata: ["host": "a", "part": "4"])
        #expect(texts.recorder.lines == ["upload info: plain", "upload warning: slow host=a part=4"])
    }
}
