/// How a large object is cut into parts.
public struct PartPlan: Hashable, Sendable {
    public static let minimumPartSize = 5 << 20
    public static let maximumParts = 10_000
    public static let maximumPartSize = 5 << 30

    /// Of the object, in bytes.
    public let size: Int
    /// Of each part but the last, in bytes.
    public let partSize: Int

    /// - Parameter partSize: made larger where S3 would refuse it.
    /// - Returns: nil where no cut makes S3 take the object.
    public init?(size: Int, partSize wanted: Int) {
        guard size > 0 else { return nil }
        let least = (size - 1) / Self.maximumParts + 1
        partSize = max(wanted, Self.minimumPartSize, least)
        self.size = size
        guard partSize <= Self.maximumPartSize else { return nil }
    }

    public var count: Int { (size - 1) / partSize + 1 }

    /// - Parameter number: 1 … `count`.
    public func range(of number: Int) -> Range<Int> {
        let start = (number - 1) * partSize
        return start..<min(start + partSize, size)
    }
}
