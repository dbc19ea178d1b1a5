/// A set of Unicode scalars, as sorted ranges that neither overlap nor touch.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10FFFF

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        self.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let end = self.ranges.last?.upperBound, range.lowerBound <= end &+ 1 {
                let merged = self.ranges.removeLast()
                self.ranges.append(merged.lowerBound...Swift.max(end, range.upperBound))
            } else {
                self.ranges.append(range)
            }
        }
    }

    /// - Parameter ranges: sorted, with gaps between them.
    private init(apart ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
    }

    init(_ scalar: Unicode.Scalar) {
        ranges = [scalar.value...scalar.value]
    }

    init(_ text: String) {
        self.init(text.unicodeScalars.map { $0.value...$0.value })
    }

    static let any = ScalarSet([0...last])
    static let lineFeed = ScalarSet("\n")

    var inverted: ScalarSet {
        var inverted: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if next < range.lowerBound { inverted.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.last { inverted.append(next...Self.last) }
        return ScalarSet(apart: inverted)
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }
}
