/// Reads the JSON of one line value by value, into the caller's own types.
struct JSONScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Not JSON, or not of the expected type.
    struct Malformed: Error, CustomStringConvertible {
        var expected: String
        /// In bytes, from 1.
        var column: Int
        var description: String { "expected \(expected) at byte \(column)" }
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads a whole line that is one object.
    static func object(
        _ bytes: [UInt8], _ field: (_ name: String, inout JSONScanner) throws -> Void
    ) throws {
        var scanner = JSONScanner(bytes)
        try scanner.object(field)
        scanner.skipSpace()
        guard scanner.position == bytes.count else { throw scanner.expected("the end") }
    }

    mutating func object(_ field: (_ name: String, inout JSONScanner) throws -> Void) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 16, take("{") else { throw expected("an object") }
        if take("}") { return }
        repeat {
            let name = try text()
            guard take(":") else { throw expected("`:`") }
            try field(name, &self)
        } while take(",")
        guard take("}") else { throw expected("`,` or `}`") }
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
        while position < bytes.count, bytes[position] == UInt8(ascii: "-") || isDigit(bytes[position]) { position += 1 }
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

    /// Passes over a value that this version of the runner does not know.
    mutating func skip() throws {
        skipSpace()
        switch position < bytes.count ? Unicode.Scalar(bytes[position]) : " " {
        case "\"": _ = try text()
        case "{": try object { _, scanner in try scanner.skip() }
        case "[":
            depth += 1
            defer { depth -= 1 }
            guard depth <= 16, take("[") else { throw expected("a value") }
            if take("]") { return }
            repeat { try skip() } while take(",")
            guard take("]") else { throw expected("`,` or `]`") }
        case "t", "f": _ = try bool()
        case "n": guard takeWord("null") else { throw expected("a value") }
        default:
            let start = position
            while position < bytes.count, isDigit(bytes[position]) || "+-.eE".utf8.contains(bytes[position]) {
                position += 1
            }
            if position == start { throw expected("a value") }
        }
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

    /// Behind `\u`; a scalar outside the first plane is written as a pair of them.
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
        guard position + 4 <= bytes.count, bytes[position] != UInt8(ascii: "+"), bytes[position] != UInt8(ascii: "-"),
            let value = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
        else { throw expected("four hexadecimal digits") }
        position += 4
        return value
    }

    private func decoded(_ slice: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw expected("UTF-8") }
        return text
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 || bytes[position] == 0x0D {
            position += 1
        }
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
