/// A pipeline file's text, cut into lines, so that marks can be found in it.
struct SourceText: Sendable {
    /// The text with LF line ends and without a byte-order mark.
    let text: String
    /// The lines without their ends, as Unicode scalars, which columns count.
    let lines: [[Unicode.Scalar]]

    static let largest = 1 << 20

    /// - Returns: nil after adding to `problems` why the bytes are not text that a pipeline file may have.
    static func read(_ bytes: [UInt8], _ problems: ProblemList) -> SourceText? {
        guard bytes.count <= largest else {
            problems.add(
                "the file is larger than 1 MiB (\(bytes.count) bytes)", at: nil,
                help: "is it a pipeline file? Move long scripts into files of their own")
            return nil
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: body, as: UTF8.self) else {
            let good = UTF8Prefix.valid(body)
            let source = SourceText(good)
            problems.add(
                "the file is not UTF-8: the byte 0x\(String(body[body.startIndex + good.utf8.count], radix: 16)) "
                    + "belongs to no character", at: source.end, help: "save the file as UTF-8")
            return nil
        }
        let source = SourceText(text)
        return source.checkCharacters(problems) ? source : nil
    }

    init(_ text: String) {
        var lines: [[Unicode.Scalar]] = []
        var line: [Unicode.Scalar] = []
        var clean = String.UnicodeScalarView()
        var last: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\r" {
                if scalar == "\r" || last != "\r" {
                    lines.append(line)
                    line = []
                    clean.append("\n")
                }
            } else {
                line.append(scalar)
                clean.append(scalar)
            }
            last = scalar
        }
        lines.append(line)
        self.lines = lines
        self.text = String(clean)
    }

    subscript(mark: SourceMark) -> Unicode.Scalar? {
        guard lines.indices.contains(mark.line - 1) else { return nil }
        let line = lines[mark.line - 1]
        return line.indices.contains(mark.column - 1) ? line[mark.column - 1] : nil
    }

    /// The place just after the last character.
    var end: SourceMark {
        SourceMark(line: lines.count, column: (lines.last?.count ?? 0) + 1)
    }

    private func checkCharacters(_ problems: ProblemList) -> Bool {
        for (row, line) in lines.enumerated() {
            guard let column = line.firstIndex(where: { !Self.isAllowed($0) }) else { continue }
            let code = String(line[column].value, radix: 16, uppercase: true)
            let number = String(repeating: "0", count: max(0, 4 - code.count)) + code
            problems.add(
                "the character U+\(number) is not allowed in a pipeline file",
                at: SourceMark(line: row + 1, column: column + 1),
                help: line[column].value == 0
                    ? "remove it, or save the file as UTF-8"
                    : "if it is meant, write it in double quotes as \"\\u\(number)\"")
            return false
        }
        return true
    }

    /// True for what YAML allows, except line ends that few editors show as such.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
        case 0x1_0000...0x10_FFFF: true
        default: false
        }
    }
}

/// Finds how many of some bytes are valid UTF-8.
private enum UTF8Prefix {
    static func valid(_ bytes: ArraySlice<UInt8>) -> String {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var scalars = String.UnicodeScalarView()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { scalars.append(scalar) }
        return String(scalars)
    }
}
