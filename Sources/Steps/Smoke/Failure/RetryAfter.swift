internal import FoundationEssentials
internal import TextCoding

/// The `Retry-After` of a response: RFC 9110, section 10.2.3.
enum RetryAfter {
    /// The longest time that a server can make a deployment wait.
    static let limit = Duration.seconds(3_600)

    /// - Parameter text: seconds, or a date.
    /// - Returns: nil if it is missing, or neither.
    static func delay(_ text: String?, at now: Date) -> Duration? {
        guard let text, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy(\.isASCIIDigit) {
            return min(Int(text).map { Duration.seconds($0) } ?? limit, limit)
        }
        guard let date = HTTPDate.read(text) else { return nil }
        let seconds = min(max(0, date.timeIntervalSince(now)), 3_600)
        return .seconds(seconds)
    }
}
