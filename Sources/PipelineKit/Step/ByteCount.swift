/// A size in bytes, written `512`, `1KiB`, `16MiB` or `2GiB`; each unit is 1,024 times the one before.
public struct ByteCount: Hashable, Sendable, Codable, Comparable {
    public var bytes: Int

    public init(_ bytes: Int) {
        self.bytes = bytes
    }

    public init?(text: String) {
        let units: [(suffix: String, factor: Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1), ("", 1),
        ]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Int(text.dropLast(unit.suffix.count)), number >= 0 else { return nil }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.factor)
            if overflow { return nil }
            self.bytes = bytes
            return
        }
        return nil
    }

    /// The shortest text that reads back as the same number of bytes: `812`, `16MiB`.
    public var exactText: String {
        var (amount, unit) = (bytes, "")
        for larger in ["KiB", "MiB", "GiB", "TiB"] where amount > 0 && amount.isMultiple(of: 1_024) {
            (amount, unit) = (amount / 1_024, larger)
        }
        return "\(amount)\(unit)"
    }

    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }

    /// The size in a form for people: `812 B`, `1.4 MiB`.
    public var text: String {
        var amount = Double(bytes)
        var unit = "B"
        for larger in ["KiB", "MiB", "GiB", "TiB"] where amount >= 1_024 {
            amount /= 1_024
            unit = larger
        }
        if unit == "B" { return "\(bytes) B" }
        let tenths = Int((amount * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}

extension ByteCount: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a size such as `512`, `64KiB` or `16MiB`",
            schema: ["type": ["string", "integer"], "pattern": "^[0-9]+(B|KiB|MiB|GiB|TiB)?$"],
            accepts: [.text, .integer])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> ByteCount? {
        read(node, problems) { ByteCount(text: $0) }
    }

    public var described: Value { .text(exactText) }
}
