/// How a large object is cut into parts.
public struct PartPlan: Hashable, Sendable {
    /// Of the object, in bytes.
    public let size: Int
    /// Of each part but the last, in bytes.
    public let partSize: Int

    /// - Parameters:
    ///   - partSize: made larger if the storage would refuse it.
    ///   - limits: the storage's.
    /// - Returns: nil if no cut makes the storage take the object.
    public init?(size: Int, partSize wanted: Int, _ limits: StorageCapabilities.PartLimits = .init()) {
        guard size > 0 else { return nil }
        let least = (size - 1) / limits.maximumCount + 1
        partSize = max(wanted, limits.minimumSize, least)
        self.size = size
        guard partSize <= limits.maximumSize else { return nil }
    }

    public var count: Int { (size - 1) / partSize + 1 }

    /// - Parameter number: 1 … `count`.
    public func range(of number: Int) -> Range<Int> {
        let start = (number - 1) * partSize
        return start..<min(start + partSize, size)
    }
}
