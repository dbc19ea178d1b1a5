import PipelineKit
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("90s", 90_000, "1m30s"), ("5m", 300_000, "5m"), ("1h30m", 5_400_000, "1h30m"), ("250ms", 250, "250ms"),
        ("1.5s", 1_500, "1.5s"), ("1d", 86_400_000, "24h"), ("0s", 0, "0s"), ("1m0.05s", 60_050, "1m0.05s"),
    ])
    func reads(_ text: String, _ milliseconds: Int, _ shortest: String) {
        #expect(Duration(text: text)?.inMilliseconds == milliseconds)
        #expect(Duration(text: text)?.text == shortest)
    }

    @Test(arguments: [
        "", "5", "-5s", "5 s", "s", "1m1h", "1s1s", ".5s", "5.s", "1.2.3s", "1w", "1e3s", "99999999999d", "٣s",
    ])
    func refuses(_ text: String) {
        #expect(Duration(text: text) == nil)
    }
}

@Suite struct ByteCountTests {
    @Test(arguments: [
        ("512", 512), ("512B", 512), ("1KiB", 1_024), ("16MiB", 16 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40),
    ])
    func reads(_ text: String, _ bytes: Int) {
        #expect(ByteCount(text: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "KiB", "-1", "1.5MiB", "1kb", "1 KiB", "9999999999TiB"])
    func refuses(_ text: String) {
        #expect(ByteCount(text: text) == nil)
    }

    @Test func forPeople() {
        #expect(
            [0, 1_023, 1_024, 1_500_000, 5 << 40].map { ByteCount($0).text } == [
                "0 B", "1023 B", "1.0 KiB", "1.4 MiB", "5.0 TiB",
            ])
    }
}
