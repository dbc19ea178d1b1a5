extension XMLElement {
    /// The characters directly inside, with references and CDATA resolved; white space stays, comments do not.
    public var text: String {
        guard let range = contentRange else { return "" }
        let bytes = document.bytes
        // The usual case, a text and nothing else, is decoded in one piece.
        let isPlain = !bytes[range].contains { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") || $0 == 0x0d }
        if isPlain { return String(decoding: bytes[range], as: UTF8.self) }

        var out: [UInt8] = []
        var index = range.lowerBound
        var elements = children
        var child = elements.next()
        while index < range.upperBound {
            if let element = child, element.range.lowerBound == index {
                index = element.range.upperBound
                child = elements.next()
            } else if bytes[index] == UInt8(ascii: "<") {
                index = appendMarkup(at: index, to: &out)
            } else {
                index = appendCharacter(at: index, before: range.upperBound, to: &out)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends a CDATA section's content; a comment or a processing instruction adds nothing. Returns the position
    /// after it.
    private func appendMarkup(at start: Int, to out: inout [UInt8]) -> Int {
        let rest = document.bytes[start...]
        if rest.starts(with: "<![CDATA[".utf8) {
            var index = start + 9
            while !document.bytes[index...].starts(with: "]]>".utf8) {
                index = appendByte(at: index, to: &out)
            }
            return index + 3
        }
        let ending = rest.starts(with: "<!--".utf8) ? "-->" : "?>"
        // The tokenizer has seen the ending; `<!-->` is not a comment, so the search begins after the opening.
        var index = start + (ending == "-->" ? 4 : 2)
        while !document.bytes[index...].starts(with: ending.utf8) { index += 1 }
        return index + ending.utf8.count
    }

    private func appendCharacter(at start: Int, before limit: Int, to out: inout [UInt8]) -> Int {
        guard document.bytes[start] == UInt8(ascii: "&"),
            let reference = XMLReference(document.bytes, at: start, before: limit)
        else { return appendByte(at: start, to: &out) }
        out.append(contentsOf: Unicode.UTF8.encode(reference.scalar) ?? .init())
        return reference.end
    }

    /// Every line end becomes one line feed, however it is written (XML 1.0, 2.11).
    private func appendByte(at start: Int, to out: inout [UInt8]) -> Int {
        let bytes = document.bytes
        guard bytes[start] == 0x0d else {
            out.append(bytes[start])
            return start + 1
        }
        out.append(0x0a)
        return start + 1 < bytes.count && bytes[start + 1] == 0x0a ? start + 2 : start + 1
    }
}
