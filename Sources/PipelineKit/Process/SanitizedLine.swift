/// Makes a line that a program wrote harmless to show: on a terminal, in a log and in the output of a CI job.
public enum SanitizedLine {
    /// Without escape sequences and control characters (but for tabs); of a line that overwrites itself by carriage
    /// returns, as progress bars do, what stands last. What CI systems would read as a command of theirs (`::set-env::`,
    /// `##[…]`, `##vso[…]`, `##teamcity[…]`) gets a space inside.
    public static func clean(_ line: String) -> String {
        if isPlain(line) { return line }
        let last = line.unicodeScalars.split(separator: "\r").last ?? Substring().unicodeScalars
        return withoutCommands(withoutControls(last))
    }

    /// Whether a look at its bytes shows that there is nothing to do, as for most lines: printable ASCII, and neither
    /// `##` nor `::`.
    private static func isPlain(_ line: String) -> Bool {
        var previous: UInt8 = 0
        for byte in line.utf8 {
            guard (0x20..<0x7F).contains(byte) else { return false }
            if byte == previous, byte == UInt8(ascii: "#") || byte == UInt8(ascii: ":") { return false }
            previous = byte
        }
        return true
    }

    private static func withoutControls(_ scalars: Substring.UnicodeScalarView) -> String {
        var out = String.UnicodeScalarView()
        var rest = scalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\u{1B}": skipSequence(&rest)
            case "\u{9B}": skipParameters(&rest)
            case "\t": out.append(scalar)
            // They turn the order of what is shown, so that a name can look like another one.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": continue
            default:
                if scalar.properties.generalCategory != .control { out.append(scalar) }
            }
        }
        return String(out)
    }

    /// What belongs to an escape character (ECMA-48).
    private static func skipSequence(_ rest: inout Substring.UnicodeScalarView) {
        switch rest.first {
        case "[":
            rest.removeFirst()
            skipParameters(&rest)
        case "]", "P", "X", "^", "_":
            // A string: up to BEL or ESC `\`.
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

    /// Scalar by scalar, as CI systems compare: a mark with an accent on its last character is another `Character`.
    private static func withoutCommands(_ line: String) -> String {
        var scalars = line.unicodeScalars
        for mark in ["##[", "##vso[", "##teamcity["] {
            scalars.replace(mark.unicodeScalars, with: "## \(mark.dropFirst(2))".unicodeScalars)
        }
        let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
        if scalars[start...].starts(with: "::".unicodeScalars) {
            scalars.insert(" ", at: scalars.index(after: start))
        }
        return String(scalars)
    }
}
