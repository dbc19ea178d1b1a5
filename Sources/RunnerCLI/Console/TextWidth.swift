internal import PipelineKit

extension Character {
    /// How many columns a terminal shows it in.
    var columns: Int {
        if isASCII { return 1 }
        // A variation selector: it makes a wide emoji of a narrow character.
        if unicodeScalars.contains("\u{FE0F}") { return 2 }
        return min(2, unicodeScalars.reduce(0) { $0 + $1.terminalColumns })
    }
}

extension String {
    /// How many columns a terminal shows it in; for text without control characters.
    var columns: Int {
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : reduce(0) { $0 + $1.columns }
    }

    /// The text itself if it fits, else its beginning and `…`.
    func cut(to width: Int) -> String {
        // Every column takes at least a byte.
        if utf8.count <= width { return self }
        guard width > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in self {
            let columns = character.columns
            if used + columns > width {
                while used > width - 1, let last = kept.popLast() { used -= last.columns }
                return kept + "…"
            }
            kept.append(character)
            used += columns
        }
        return self
    }

    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - columns))
    }

    /// The text on one line: breaks and tabs become spaces.
    var flat: String {
        guard utf8.contains(where: { $0 < 0x20 }) else { return self }
        return String(map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
