/// Makes a line harmless to show on a terminal, in a log and in the output of a CI job, wherever its text comes from.
public enum SanitizedLine {
    /// Removes escape sequences and control characters, except tabs. If a line overwrites itself by carriage returns,
    /// as progress bars do, only its last text is kept. A space is put inside what CI systems would read as their own
    /// command; see `CommandMarks`.
    public static func clean(_ line: String) -> String { clean(line, keepsStyle: false) }

    /// - Parameter keepsStyle: true to keep the codes for bold, dim and the six colours, which hide nothing.
    static func clean(_ line: String, keepsStyle: Bool) -> String {
        if isPlain(line) { return line }
        let last = line.unicodeScalars.split(separator: "\r").last ?? Substring().unicodeScalars
        return String(CommandMarks.broken(in: withoutControls(last, keepsStyle: keepsStyle)))
    }

    /// True if the bytes alone show that there is nothing to do, as for most lines: printable ASCII, with neither `##`
    /// nor `::`.
    private static func isPlain(_ line: String) -> Bool {
        var previous: UInt8 = 0
        for byte in line.utf8 {
            guard (0x20..<0x7F).contains(byte) else { return false }
            if byte == previous, byte == UInt8(ascii: "#") || byte == UInt8(ascii: ":") { return false }
            previous = byte
        }
        return true
    }

    private static func withoutControls(
        _ scalars: Substring.UnicodeScalarView, keepsStyle: Bool
    ) -> String.UnicodeScalarView {
        var out = String.UnicodeScalarView()
        var rest = scalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\u{1B}":
                let sequence = rest
                skipSequence(&rest)
                if keepsStyle, isStyle(sequence[..<rest.startIndex]) {
                    out.append(scalar)
                    out += sequence[..<rest.startIndex]
                }
            case "\u{9B}": skipParameters(&rest)
            case "\t": out.append(scalar)
            // These reverse the order of what is shown, so that a name can look like another one.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": continue
            default:
                if scalar.properties.generalCategory != .control { out.append(scalar) }
            }
        }
        return out
    }

    /// True for `[31;1m` and the like.
    private static func isStyle(_ sequence: Substring.UnicodeScalarView) -> Bool {
        guard sequence.first == "[", sequence.last == "m" else { return false }
        return sequence.dropFirst().dropLast().split(separator: ";").allSatisfy { code in
            Int(String(Substring(code))).map { (0...2).contains($0) || (31...36).contains($0) } ?? false
        }
    }

    /// Skips what belongs to an escape character (ECMA-48).
    private static func skipSequence(_ rest: inout Substring.UnicodeScalarView) {
        switch rest.first {
        case "[":
            rest.removeFirst()
            skipParameters(&rest)
        case "]", "P", "X", "^", "_":
            // A control string: it ends at BEL or ESC `\`.
            rest.removeFirst()
            while let scalar = rest.popFirst(), scalar != "\u{07}" {
                guard scalar == "\u{1B}" else { continue }
                if rest.first == "\\" { rest.removeFirst() }
                return
            }
        default:
            while let scalar = rest.first, (0x20...0x2F).contains(scalar.value) { rest.removeFirst() }
            if let scalar = rest.first, (0x30...0x7E).contains(scalar.value) { rest.removeFirst() }
        }
    }

    private static func skipParameters(_ rest: inout Substring.UnicodeScalarView) {
        while let scalar = rest.first, (0x20...0x3F).contains(scalar.value) { rest.removeFirst() }
        if let scalar = rest.first, (0x40...0x7E).contains(scalar.value) { rest.removeFirst() }
    }
}
