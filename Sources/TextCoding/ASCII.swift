/// Classes of ASCII characters. Other alphabets and other scripts' digits belong to none of them.
extension UInt8 {
    @inlinable public var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    @inlinable public var isASCIIUppercase: Bool { self >= 0x41 && self <= 0x5A }
    @inlinable public var isASCIILowercase: Bool { self >= 0x61 && self <= 0x7A }
    @inlinable public var isASCIILetter: Bool { (self | 0x20).isASCIILowercase }
    @inlinable public var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }

    /// True for the characters of a `token` in RFC 9110, section 5.6.2: a header's name, for one.
    @inlinable public var isHTTPToken: Bool {
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: isASCIIAlphanumeric
        }
    }

    @inlinable public var asciiLowercased: UInt8 { isASCIIUppercase ? self | 0x20 : self }
}

extension Unicode.Scalar {
    @inlinable public var isASCIIDigit: Bool { isASCII && UInt8(truncatingIfNeeded: value).isASCIIDigit }
    @inlinable public var isASCIILetter: Bool { isASCII && UInt8(truncatingIfNeeded: value).isASCIILetter }
    @inlinable public var isASCIIAlphanumeric: Bool {
        isASCII && UInt8(truncatingIfNeeded: value).isASCIIAlphanumeric
    }
}
