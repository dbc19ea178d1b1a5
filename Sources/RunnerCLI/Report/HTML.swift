/// A piece of a page. Text that is put into it is escaped, and other pieces are not, so only literals make markup.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var markup: String

    /// Markup that a literal in the source holds.
    init(stringLiteral markup: String) { self.markup = markup }

    init(stringInterpolation pieces: Pieces) { markup = pieces.markup }

    static func join(_ pieces: some Sequence<HTML>) -> HTML {
        HTML(stringLiteral: pieces.map(\.markup).joined())
    }

    /// A sentence, in which what stands in back quotes is code.
    static func sentence(_ text: String) -> HTML {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        // Without its partner, a back quote is only a character.
        guard parts.count % 2 == 1 else { return "\(text)" }
        return join(parts.enumerated().map { $0.offset % 2 == 0 ? "\($0.element)" : "<code>\($0.element)</code>" })
    }

    static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

    struct Pieces: StringInterpolationProtocol {
        var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { markup += literal }
        mutating func appendInterpolation(_ piece: HTML) { markup += piece.markup }
        mutating func appendInterpolation(_ number: Int) { markup += String(number) }
        mutating func appendInterpolation(_ text: String) { markup += HTML.escape(text) }
    }

    /// Escapes text for the content of elements and for values in double quotes.
    private static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || [0x22, 0x26, 0x27, 0x3C, 0x3E].contains($0) }) else {
            return text
        }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\n", "\t": out.unicodeScalars.append(scalar)
            // HTML cannot write the others.
            case "\u{0}"..."\u{1F}": out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
