public import FoundationEssentials
public import PipelineKit
internal import TextCoding

extension Date {
    /// For records: ISO 8601 in UTC with seconds, whose text sorts as the times do.
    public var timestamp: String {
        formatted(.iso8601)
    }

    /// - Parameter timestamp: ISO 8601 with seconds and a time zone: `2026-01-31T12:00:00Z`,
    ///   `2026-01-31T13:00:00+01:00`.
    /// - Returns: nil if it is anything else.
    public init?(timestamp: String) {
        // The parser accepts any text after a time, and days that no month has.
        let local = timestamp.prefix(19) + "Z"
        guard let date = try? Date(String(local), strategy: .iso8601), date.timestamp == local,
            let offset = Self.offset(timestamp.utf8.dropFirst(19).map { $0 })
        else { return nil }
        self = date.addingTimeInterval(-offset)
    }

    /// - Parameter zone: `Z`, or an offset such as `+01:00`.
    /// - Returns: the offset from UTC, in seconds.
    private static func offset(_ zone: [UInt8]) -> TimeInterval? {
        if zone == Array("Z".utf8) { return 0 }
        let digits = [1, 2, 4, 5].compactMap { index -> Int? in
            guard zone.indices.contains(index), zone[index].isASCIIDigit else { return nil }
            return Int(zone[index]) - 0x30
        }
        guard zone.count == 6, digits.count == 4, zone[3] == UInt8(ascii: ":"),
            let sign = [UInt8(ascii: "+"): 1, UInt8(ascii: "-"): -1][zone[0]]
        else { return nil }
        return TimeInterval(sign * (digits[0] * 36_000 + digits[1] * 3_600 + digits[2] * 600 + digits[3] * 60))
    }
}

extension OptionCheck where Content == String? {
    /// ISO 8601 with a time zone.
    public static var timestamp: Self {
        Self { text in
            guard let text, Date(timestamp: text) == nil else { return nil }
            return "must be a date such as `2026-01-31T12:00:00Z` or `2026-01-31T13:00:00+01:00`, not `\(text)`"
        }
    }
}
