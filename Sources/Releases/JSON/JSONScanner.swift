package import PipelineKit
internal import TextCoding

/// Reads JSON value by value, into the caller's own types.
package struct JSONScanner {
    private let bytes: [UInt8]
    package private(set) var position = 0
    private let deepest: Int
    private var depth = 0

    /// The error if bytes are not JSON, or a value is not of the expected type.
    package struct Malformed: Error, CustomStringConvertible {
        var expected: String
        /// In bytes, from 1.
        var column: Int
        package var description: String { "expected \(expected) at byte \(column)" }
    }

    /// - Parameter deepest: how deep lists and objects may be nested.
    init(_ bytes: [UInt8], deepest: Int = 16) {
        self.bytes = bytes
        self.deepest = deepest
    }

    /// Reads a whole document.
    package static func document(
        _ bytes: [UInt8], deepest: Int, _ read: (inout JSONScanner) throws -> Void
    ) throws {
        var scanner = JSONScanner(bytes, deepest: deepest)
        // Some editors begin a file with a byte order mark.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { scanner.position = 3 }
        try read(&scanner)
        try scanner.end()
    }

    private mutating func end() throws {
        skipSpace()
        guard position == bytes.count else { throw expected("the end") }
    }

    /// What the next value is.
    package enum Shape {
        case object, list, scalar
    }

    package mutating func shape() -> Shape {
        switch place() < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .list
        default: .scalar
        }
    }

    /// Where the next value begins.
    package mutating func place() -> Int {
        skipSpace()
        return position
    }

    /// Reads a whole line that is one object.
    static func object(
        _ bytes: [UInt8], _ field: (_ name: String, inout JSONScanner) throws -> Void
    ) throws {
        var scanner = JSONScanner(bytes)
        try scanner.object(field)
        try scanner.end()
    }

    package mutating func object(_ field: (_ name: String, inout JSONScanner) throws -> Void) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= deepest, take("{") else { throw expected("an object") }
        if take("}") { return }
        repeat {
            let name = try text()
            guard take(":") else { throw expected("`:`") }
            try field(name, &self)
        } while take(",")
        guard take("}") else { throw expected("`,` or `}`") }
    }

    package mutating func list(_ element: (inout JSONScanner) throws -> Void) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= deepest, take("[") else { throw expected("a list") }
        if take("]") { return }
        repeat { try element(&self) } while take(",")
        guard take("]") else { throw expected("`,` or `]`") }
    }

    mutating func texts() throws -> [String: String] {
        var texts: [String: String] = [:]
        try object { name, scanner in texts[name] = try scanner.text() }
        return texts
    }

    mutating func text() throws -> String {
        guard take("\"") else { throw expected("text") }
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") { return try escapedText(from: start) }
            guard byte >= 0x20 else { break }
            position += 1
            if byte == UInt8(ascii: "\"") { return try decoded(bytes[start..<(position - 1)]) }
        }
        throw expected("the end of a text")
    }

    mutating func integer() throws -> Int {
        skipSpace()
        let start = position
        while position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position].isASCIIDigit {
            position += 1
        }
        guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            throw expected("a whole number")
        }
        return value
    }

    mutating func bool() throws -> Bool {
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        throw expected("true or false")
    }

    /// Skips a value.
    package mutating func skip() throws {
        switch shape() {
        case .object: try object { _, scanner in try scanner.skip() }
        case .list: try list { try $0.skip() }
        case .scalar: _ = try scalar()
        }
    }

    /// A text, a number, `true`, `false` or `null`. An integer that is too large becomes a floating-point number.
    package mutating func scalar() throws -> Value {
        switch place() < bytes.count ? Unicode.Scalar(bytes[position]) : " " {
        case "\"": return .text(try text())
        case "t", "f": return .bool(try bool())
        case "n":
            guard takeWord("null") else { throw expected("a value") }
            return .null
        default: return try number()
        }
    }

    private mutating func number() throws -> Value {
        let start = position
        func isNext(_ scalars: Unicode.Scalar...) -> Bool {
            position < bytes.count && scalars.contains(Unicode.Scalar(bytes[position]))
        }
        func takeDigits() throws {
            guard position < bytes.count, bytes[position].isASCIIDigit else { throw expected("a value") }
            while position < bytes.count, bytes[position].isASCIIDigit { position += 1 }
        }
        if isNext("-") { position += 1 }
        if isNext("0") { position += 1 } else { try takeDigits() }
        if isNext(".") {
            position += 1
            try takeDigits()
        }
        if isNext("e", "E") {
            position += 1
            if isNext("+", "-") { position += 1 }
            try takeDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Int(text).map { .integer($0) } ?? .number(Double(text) ?? .infinity)
    }

    private mutating func escapedText(from start: Int) throws -> String {
        var out = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            guard byte >= 0x20 else { break }
            position += 1
            if byte == UInt8(ascii: "\"") { return try decoded(out[...]) }
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard position < bytes.count else { break }
            let escape = Unicode.Scalar(bytes[position])
            position += 1
            switch escape {
            case "\"", "\\", "/": out.append(UInt8(ascii: escape))
            case "n": out.append(0x0A)
            case "r": out.append(0x0D)
            case "t": out.append(0x09)
            case "b": out.append(0x08)
            case "f": out.append(0x0C)
            case "u": out.append(contentsOf: String(Character(try escapedScalar())).utf8)
            default: throw expected("an escape")
            }
        }
        throw expected("the end of a text")
    }

    /// The scalar after `\u`. One outside the first plane is written as a pair of escapes.
    private mutating func escapedScalar() throws -> Unicode.Scalar {
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard takeWord("\\u") else { throw expected("the second half of a pair") }
        let low = try hexadecimal()
        guard (0xD800..<0xDC00).contains(high), (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw expected("a pair of surrogates") }
        return scalar
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var value: UInt32 = 0
        for place in position..<(position + 4) {
            guard place < bytes.count, let digit = Hexadecimal.value(of: bytes[place]) else {
                throw expected("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private func decoded(_ slice: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw expected("UTF-8") }
        return text
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func skipSpace() {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count,
            word.withUTF8Buffer({ bytes[position..<(position + count)].elementsEqual($0) })
        else { return false }
        position += count
        return true
    }

    private func expected(_ what: String) -> Malformed {
        Malformed(expected: what, column: position + 1)
    }
}
