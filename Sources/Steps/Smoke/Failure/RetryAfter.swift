internal import FoundationEssentials

/// The `Retry-After` of a response: RFC 9110, section 10.2.3.
enum RetryAfter {
    /// No server's word keeps a deployment waiting for longer.
    static let limit = Duration.seconds(3_600)

    /// - Parameter text: seconds, or a date.
    /// - Returns: nil where it is missing, or neither.
    static func delay(_ text: String?, at now: Date) -> Duration? {
        guard let text, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
            return min(Int(text).map { Duration.seconds($0) } ?? limit, limit)
        }
        guard let date = date(text) else { return nil }
        let seconds = min(max(0, date.timeIntervalSince(now)), 3_600)
        return .seconds(seconds)
    }

    /// Reads the one form that may still be sent, `Sun, 06 Nov 1994 08:49:37 GMT`, by way of ISO 8601.
    private static func date(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = (month < 9 ? "0" : "") + "\(month + 1)"
        return try? Date("\(words[3])-\(number)-\(words[1])T\(words[4])Z", strategy: .iso8601)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
