/// Hexadecimal digits as bytes of text.
public enum Hexadecimal {
    /// - Parameter value: 0 to 15.
    @inlinable public static func digit(_ value: UInt8, uppercase: Bool = false) -> UInt8 {
        value < 10 ? 0x30 + value : (uppercase ? 0x37 : 0x57) + value
    }

    /// - Returns: 0 to 15, for capitals too; nil if it is not a digit.
    @inlinable public static func value(of digit: UInt8) -> UInt8? {
        if digit.isASCIIDigit { return digit - 0x30 }
        let letter = digit | 0x20
        return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : nil
    }

    /// Writes two lower-case digits per byte.
    public static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digit(byte >> 4)
                buffer[2 * index + 1] = digit(byte & 15)
            }
            return 2 * bytes.count
        }
    }

    /// - Returns: nil for an odd number of digits, or anything but digits.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var rest = digits.makeIterator()
        while let high = rest.next(), let low = rest.next() {
            guard let byte = self.byte(high, low) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// - Returns: nil if one of the two is not a digit.
    static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = value(of: high), let low = value(of: low) else { return nil }
        return high << 4 | low
    }
}

extension UInt8 {
    /// True for hexadecimal digits, capitals too.
    @inlinable public var isHexDigit: Bool { Hexadecimal.value(of: self) != nil }
}
