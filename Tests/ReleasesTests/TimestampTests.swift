import FoundationEssentials
import Releases
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"), ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z"),
        ("2025-12-31T20:15:00-03:45", "2026-01-01T00:00:00Z"), ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
    ])
    func readsATimeWithItsZone(text: String, utc: String) {
        #expect(Date(timestamp: text)?.timestamp == utc)
    }

    @Test(arguments: [
        "", "yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00Zx", "2026-01-31T12:00:00Z and more",
        "2026-01-31T12:00:00.5Z", "2026-13-01T12:00:00Z", "2026-02-30T12:00:00Z", "2026-02-30T12:00:00+01:00",
        "2026-01-31T25:00:00Z",
        "12026-01-31T12:00:00Z",
        "2026-01-31 12:00:00Z", "2026-01-31T12:00:00+01:0x", "2026-01-31T12:00:00 01:00", "1769857200",
    ])
    func refusesAnythingElse(text: String) {
        #expect(Date(timestamp: text) == nil)
    }
}
