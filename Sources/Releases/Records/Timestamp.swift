public import FoundationEssentials

extension Date {
    /// For records: ISO 8601 in UTC with seconds, whose text sorts as the times do.
    public var timestamp: String {
        formatted(.iso8601)
    }
}
