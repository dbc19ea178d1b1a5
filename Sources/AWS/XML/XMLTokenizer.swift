/// Cuts a document into its pieces, and refuses anything that is not well-formed XML 1.0 in UTF-8.
///
/// It reads no file, resolves no references except the five entities and numbers, and accepts no document type.
struct XMLTokenizer {
    let bytes: [UInt8]
    private let maximumDepth: Int
    private var position = 0
    /// The names of the open elements, outermost first.
    private var open: [Range<Int>] = []
    private var hasRoot = false

    /// - Throws: `tooLarge`, or what is wrong with the encoding.
    init(_ bytes: [UInt8], maximumBytes: Int, maximumDepth: Int) throws(XMLError) {
        guard bytes.count <= min(maximumBytes, Int(UInt32.max)) else {
            throw XMLError(.tooLarge, at: maximumBytes, "it has more than \(maximumBytes) bytes")
        }
        try XMLCharacters.validate(bytes)
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The next piece, nil after the last.
    mutating func next() throws(XMLError) -> XMLToken? {
        guard position < bytes.count else {
            guard hasRoot, open.isEmpty else { throw truncated() }
            return nil
        }
        let start = position
        let token = bytes[start] == UInt8(ascii: "<") ? try markup() : try text()
        position = token.range.upperBound
        return token
    }

    private mutating func markup() throws(XMLError) -> XMLToken {
        guard position + 1 < bytes.count else { throw truncated() }
        switch bytes[position + 1] {
        case UInt8(ascii: "/"): return try endTag()
        case UInt8(ascii: "?"): return try processingInstruction()
        case UInt8(ascii: "!"): return try declaration()
        default: return try startTag()
        }
    }

    private mutating func startTag() throws(XMLError) -> XMLToken {
        let name = try name(at: position + 1)
        guard !open.isEmpty || !hasRoot else { throw malformed(position, "a second root element begins") }
        let end = try endOfAttributes(from: name.upperBound)
        let isEmpty = bytes[end] == UInt8(ascii: "/")
        let upper = isEmpty ? end + 2 : end + 1
        hasRoot = true
        if !isEmpty {
            guard open.count < maximumDepth else {
                throw XMLError(.tooDeep, at: position, "its elements are nested more than \(maximumDepth) deep")
            }
            open.append(name)
        }
        return .startTag(name: name, isEmpty: isEmpty, whole: position..<upper)
    }

    /// Checks the attributes of a tag.
    ///
    /// - Returns: the position of the `>` or `/>` after them.
    private func endOfAttributes(from start: Int) throws(XMLError) -> Int {
        var names: Set<ArraySlice<UInt8>> = []
        var index = start
        while true {
            let before = index
            index = skipSpace(index)
            guard index < bytes.count else { throw truncated() }
            if bytes[index] == UInt8(ascii: ">") { return index }
            if bytes[index] == UInt8(ascii: "/") {
                guard index + 1 < bytes.count else { throw truncated() }
                guard bytes[index + 1] == UInt8(ascii: ">") else { throw malformed(index, "a tag has a / in it") }
                return index
            }
            guard index > before else { throw malformed(index, "white space is missing inside a tag") }
            let attribute = try attribute(at: index)
            guard names.insert(bytes[attribute.name]).inserted else {
                throw malformed(index, "an attribute is repeated")
            }
            try checkReferences(attribute.value)
            index = attribute.value.upperBound + 1
        }
    }

    /// The attribute whose name begins at `start`; `value` is between the quotes.
    func attribute(at start: Int) throws(XMLError) -> (name: Range<Int>, value: Range<Int>) {
        let name = try name(at: start)
        var index = skipSpace(name.upperBound)
        guard index < bytes.count else { throw truncated() }
        guard bytes[index] == UInt8(ascii: "=") else { throw malformed(index, "an attribute has no value") }
        index = skipSpace(index + 1)
        guard index < bytes.count else { throw truncated() }
        let quote = bytes[index]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw malformed(index, "an attribute's value is not quoted")
        }
        var end = index + 1
        while end < bytes.count, bytes[end] != quote {
            guard bytes[end] != UInt8(ascii: "<") else { throw malformed(end, "a < stands in an attribute's value") }
            end += 1
        }
        guard end < bytes.count else { throw truncated() }
        return (name, index + 1..<end)
    }

    private mutating func endTag() throws(XMLError) -> XMLToken {
        let name = try name(at: position + 2)
        let end = skipSpace(name.upperBound)
        guard end < bytes.count else { throw truncated() }
        guard bytes[end] == UInt8(ascii: ">") else { throw malformed(end, "an end tag does not end") }
        guard let opened = open.popLast(), bytes[opened] == bytes[name] else {
            throw XMLError(.unbalanced, at: position, "an end tag closes an element that is not open")
        }
        return .endTag(name: name, whole: position..<end + 1)
    }

    private func text() throws(XMLError) -> XMLToken {
        var end = position
        // Most texts have neither, and are checked at once.
        var hasReference = false
        var hasBracket = false
        while end < bytes.count, bytes[end] != UInt8(ascii: "<") {
            if bytes[end] == UInt8(ascii: "&") { hasReference = true }
            if bytes[end] == UInt8(ascii: "]") { hasBracket = true }
            end += 1
        }
        let range = position..<end
        if open.isEmpty {
            let mark: [UInt8] = [0xef, 0xbb, 0xbf]
            let content = position == 0 && bytes.starts(with: mark) ? range.dropFirst(mark.count) : range
            guard content.allSatisfy({ XMLCharacters.isSpace(bytes[$0]) }) else {
                throw malformed(position, "there is text outside the root element")
            }
        } else {
            if hasBracket, let close = find("]]>", in: range) { throw malformed(close, "a text has ]]> in it") }
            if hasReference { try checkReferences(range) }
        }
        return .text(range)
    }

    private func declaration() throws(XMLError) -> XMLToken {
        let rest = bytes[position...]
        if rest.starts(with: Self.commentStart) {
            guard let dashes = find("--", in: position + 4..<bytes.count), dashes + 2 < bytes.count else {
                throw truncated()
            }
            guard bytes[dashes + 2] == UInt8(ascii: ">") else { throw malformed(dashes, "a comment has -- in it") }
            return .comment(whole: position..<dashes + 3)
        }
        if rest.starts(with: Self.cdataStart) {
            guard !open.isEmpty else { throw malformed(position, "there is text outside the root element") }
            let start = position + Self.cdataStart.count
            guard let end = find("]]>", in: start..<bytes.count) else { throw truncated() }
            return .cdata(content: start..<end, whole: position..<end + 3)
        }
        if rest.starts(with: Self.doctypeStart) {
            throw XMLError(.doctype, at: position, "it has a document type")
        }
        let begun = [Self.commentStart, Self.cdataStart, Self.doctypeStart].contains { $0.starts(with: rest) }
        throw begun ? truncated() : malformed(position, "an unknown declaration begins")
    }

    private func processingInstruction() throws(XMLError) -> XMLToken {
        let target = try name(at: position + 2)
        guard let end = find("?>", in: target.upperBound..<bytes.count) else { throw truncated() }
        let whole = position..<end + 2
        guard end == target.upperBound || XMLCharacters.isSpace(bytes[target.upperBound]) else {
            throw malformed(target.upperBound, "a processing instruction's name does not end")
        }
        let isDeclaration = bytes[target].map { $0 | 0x20 }.elementsEqual("xml".utf8)
        if isDeclaration {
            // S3 sends spaces before it while it joins an upload's parts, to keep the connection open.
            guard bytes[..<position].allSatisfy({ XMLCharacters.isSpace($0) || $0 >= 0x80 }) else {
                throw malformed(position, "an XML declaration is inside the document")
            }
            try checkEncoding(target.upperBound..<end)
        }
        return .processingInstruction(whole: whole)
    }
}

extension XMLTokenizer {
    private static let commentStart = Array("<!--".utf8)
    private static let cdataStart = Array("<![CDATA[".utf8)
    private static let doctypeStart = Array("<!DOCTYPE".utf8)

    private func checkEncoding(_ range: Range<Int>) throws(XMLError) {
        var index = skipSpace(range.lowerBound)
        while index < range.upperBound {
            let attribute = try attribute(at: index)
            guard attribute.value.upperBound < range.upperBound else {
                throw malformed(index, "the XML declaration is not complete")
            }
            if bytes[attribute.name].elementsEqual("encoding".utf8) {
                let name = String(decoding: bytes[attribute.value], as: UTF8.self).lowercased()
                guard ["utf-8", "us-ascii"].contains(name) else {
                    throw XMLError(.encoding, at: index, "it is not in UTF-8")
                }
            }
            index = skipSpace(attribute.value.upperBound + 1)
        }
    }

    private func checkReferences(_ range: Range<Int>) throws(XMLError) {
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "&") else {
                index += 1
                continue
            }
            guard let reference = XMLReference(bytes, at: index, before: range.upperBound) else {
                let isCutOff = range.upperBound == bytes.count && !bytes[index...].contains(UInt8(ascii: ";"))
                throw isCutOff ? truncated() : malformed(index, "an & begins no known reference")
            }
            index = reference.end
        }
    }

    private func name(at start: Int) throws(XMLError) -> Range<Int> {
        guard start < bytes.count else { throw truncated() }
        guard XMLCharacters.isNameStart(bytes[start]) else { throw malformed(start, "a name is missing") }
        var end = start + 1
        while end < bytes.count, XMLCharacters.isNamePart(bytes[end]) { end += 1 }
        guard end < bytes.count else { throw truncated() }
        return start..<end
    }

    func skipSpace(_ start: Int) -> Int {
        var index = start
        while index < bytes.count, XMLCharacters.isSpace(bytes[index]) { index += 1 }
        return index
    }

    private func find(_ text: StaticString, in range: Range<Int>) -> Int? {
        let length = text.utf8CodeUnitCount
        guard range.count >= length else { return nil }
        return text.withUTF8Buffer { wanted in
            (range.lowerBound...range.upperBound - length).first { start in
                (0..<length).allSatisfy { bytes[start + $0] == wanted[$0] }
            }
        }
    }

    private func truncated() -> XMLError {
        XMLError(.truncated, at: bytes.count, bytes.isEmpty ? "it is empty" : "it ends too early")
    }

    private func malformed(_ offset: Int, _ detail: String) -> XMLError {
        XMLError(.malformed, at: offset, detail)
    }
}
