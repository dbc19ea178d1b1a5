public import FoundationEssentials
public import PipelineKit

extension Date {
    /// For records: ISO 8601 in UTC with seconds, whose text sorts as the times do.
    public var timestamp: String {
        formatted(.iso8601)
    }

    /// - Parameter timestamp: ISO 8601 with a time zone.
    /// - Returns: nil if it is anything else.
    public init?(timestamp: String) {
        guard let date = try? Date(timestamp, strategy: .iso8601) else { return nil }
        self = date
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
