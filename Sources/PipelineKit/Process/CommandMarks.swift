/// What makes a line of output a command to the CI system that reads it: `::set-env::` at the start of a line, and
/// `##[…]`, `##vso[…]`, `##teamcity[…]` anywhere in it.
///
/// Characters that show nothing do not hide a mark: GitHub's runner compares texts as its language does, and so passes
/// over them.
enum CommandMarks {
    /// Returns the line with a space inside each mark.
    static func broken(in line: String.UnicodeScalarView) -> String.UnicodeScalarView {
        var line = line
        // From the end, so that the earlier places stay what they are.
        for index in places(in: line).reversed() { line.insert(" ", at: line.index(after: index)) }
        return line
    }

    /// The scalars of a line behind each of which a space breaks a mark, in their order.
    static func places<Line: Collection<Unicode.Scalar>>(in line: Line) -> [Line.Index] {
        var places: [Line.Index] = []
        /// True until something but blanks has been seen, and the `:` that was the first to be seen.
        var (isBlank, colon) = (true, Line.Index?.none)
        /// The `#` that stand side by side just before, or before the word just before.
        var (hashes, lastHash, isInWord) = (0, line.startIndex, false)
        for index in line.indices {
            let scalar = line[index]
            if scalar.showsNothing { continue }
            if isBlank {
                isBlank = scalar.properties.isWhitespace
                if scalar == ":" { colon = index }
            } else if let first = colon {
                if scalar == ":" { places.append(first) }
                colon = nil
            }
            switch scalar {
            case "#": (hashes, lastHash, isInWord) = (isInWord ? 1 : hashes + 1, index, false)
            case "a"..."z" where hashes > 1, "A"..."Z" where hashes > 1: isInWord = true
            case "[" where hashes > 1:
                places.append(lastHash)
                hashes = 0
            default: hashes = 0
            }
            if hashes == 0 { isInWord = false }
        }
        return places
    }
}

extension Unicode.Scalar {
    /// True for what neither a terminal nor a comparison of texts sees: a zero-width space, a variation selector.
    var showsNothing: Bool {
        value >= 0x80 && (properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format)
    }
}
