internal import TextCoding

/// Reads an expression in the syntax of Perl, Java and Swift, as far as it can be matched in linear time.
struct Parser {
    /// The flags inside the group that is being read.
    struct Flags {
        var ignoresCase = false
        var linesHaveEnds = false
        var dotTakesLineEnds = false
        var spacesAreIgnored = false
    }

    static let longest = 16_384
    static let deepest = 100

    let scalars: [Unicode.Scalar]
    var position = 0
    var flags = Flags()

    init(_ pattern: String) {
        scalars = Array(pattern.unicodeScalars)
    }

    mutating func parse() throws(RegularExpressionError) -> Node {
        guard !scalars.isEmpty else { throw .init("is empty", help: "write what to look for") }
        guard scalars.count <= Self.longest else {
            throw .init("is longer than \(Self.longest) characters", help: "look for less, or in several checks")
        }
        let node = try alternatives(depth: 0)
        guard next == nil else { throw .init("has a `)` without its `(`", help: Self.escape(")")) }
        return node
    }

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    func follows(_ text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

    mutating func take(_ text: String) -> Bool {
        guard follows(text) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    /// Takes the text before the next `end`, and that scalar itself; nil if there is none.
    mutating func take(upTo end: Unicode.Scalar) -> String? {
        guard let place = scalars[position...].firstIndex(of: end) else { return nil }
        defer { position = place + 1 }
        return String(String.UnicodeScalarView(scalars[position..<place]))
    }

    static func escape(_ text: String) -> String { "write `\\\(text)` for the character itself" }

    /// Reads up to the end of the expression, or of a group, whose `)` is left.
    private mutating func alternatives(depth: Int) throws(RegularExpressionError) -> Node {
        guard depth <= Self.deepest else {
            throw .init("nests groups more than \(Self.deepest) deep", help: "take out those that group nothing")
        }
        var all = [try sequence(depth: depth)]
        while take("|") { all.append(try sequence(depth: depth)) }
        return all.count == 1 ? all[0] : .alternatives(all)
    }

    private mutating func sequence(depth: Int) throws(RegularExpressionError) -> Node {
        var nodes: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if flags.spacesAreIgnored, skipsSpace(scalar) { continue }
            guard let node = try piece(depth: depth) else { continue }
            nodes.append(try quantified(node))
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func skipsSpace(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "#" {
            while let scalar = next, scalar != "\n" { position += scalar == "\n" ? 0 : 1 }
            return true
        }
        guard scalar.properties.isWhitespace else { return false }
        position += 1
        return true
    }

    /// - Returns: nil for what only sets flags, or is a comment.
    private mutating func piece(depth: Int) throws(RegularExpressionError) -> Node? {
        guard let scalar = next else { return .empty }
        switch scalar {
        case "(": return try group(depth: depth)
        case "[": return .scalar(try characterClass())
        case "\\": return try escape()
        case "*", "+", "?":
            throw .init("has a `\(scalar)` with nothing before it to repeat", help: Self.escape("\(scalar)"))
        default: position += 1
        }
        switch scalar {
        case ".": return .scalar(flags.dotTakesLineEnds ? .any : ScalarSet.lineEnd.inverted)
        case "^": return .assertion(flags.linesHaveEnds ? .lineStart : .textStart)
        case "$": return .assertion(flags.linesHaveEnds ? .lineEnd : .textEndOrLastLineFeed)
        default: return .scalar(literal(scalar))
        }
    }

    func literal(_ scalar: Unicode.Scalar) -> ScalarSet {
        flags.ignoresCase ? ScalarSet(scalar).ignoringCase : ScalarSet(scalar)
    }
}

/// Reads groups.
extension Parser {
    private mutating func group(depth: Int) throws(RegularExpressionError) -> Node? {
        let start = position
        position += 1
        let outer = flags
        if take("?") {
            try refuseWhatIsNotLinear(from: start)
            if take("#") {
                guard take(upTo: ")") != nil else { throw unclosed }
                return nil
            }
            if take("<") || take("P<") {
                guard take(upTo: ">") != nil else { throw unclosed }
            } else if take("'") {
                guard take(upTo: "'") != nil else { throw unclosed }
            } else if try !takesFlagsOfGroup() {
                return nil
            }
        }
        let node = try alternatives(depth: depth + 1)
        guard take(")") else { throw unclosed }
        flags = outer
        return node
    }

    private var unclosed: RegularExpressionError { .init("has a `(` without its `)`", help: Self.escape("(")) }

    /// - Returns: false for flags that apply from here to the end of the group around them, such as `(?i)`.
    private mutating func takesFlagsOfGroup() throws(RegularExpressionError) -> Bool {
        var isOn = true
        while let scalar = next {
            position += 1
            switch scalar {
            case ":": return true
            case ")": return false
            case "-": isOn = false
            case "i": flags.ignoresCase = isOn
            case "m": flags.linesHaveEnds = isOn
            case "s": flags.dotTakesLineEnds = isOn
            case "x": flags.spacesAreIgnored = isOn
            default:
                throw .init(
                    "has `(?\(scalar)`, which is not known here", help: "of flags there are `i`, `m`, `s` and `x`")
            }
        }
        throw unclosed
    }

    private func refuseWhatIsNotLinear(from start: Int) throws(RegularExpressionError) {
        for form in ["=", "!", "<=", "<!"] where follows(form) {
            throw .init(
                "looks around by `(?\(form)…)`, which cannot be done in linear time",
                help: form.hasSuffix("!")
                    ? "match what is there instead, and check what must not be there by `not-contains`"
                    : "write what must be there as part of the expression, without `?\(form)`")
        }
        if follows(">") {
            throw .init("has an atomic group `(?>…)`", help: "write `(?:…)`: here no group costs more than another")
        }
        for form in ["(", "R", "&", "P>", "P=", "|", "~", "+", "C", "0", "1"] where follows(form) {
            throw .init(
                "has `(?\(form)`, which cannot be done in linear time",
                help: "write the expression out, without conditions and references to other groups")
        }
    }
}

/// Reads quantifiers.
extension Parser {
    private mutating func quantified(_ node: Node) throws(RegularExpressionError) -> Node {
        var node = node
        while let (least, most) = try quantifier() {
            // How much a quantifier takes makes no difference to whether something is found.
            if take("+") {
                throw .init(
                    "has a possessive quantifier, a `+` behind another",
                    help: "leave the second `+` out: here no repetition costs more than another")
            }
            _ = take("?")
            node = .repeated(node, least: least, most: most)
        }
        return node
    }

    private mutating func quantifier() throws(RegularExpressionError) -> (least: Int, most: Int?)? {
        if flags.spacesAreIgnored {
            while let scalar = next, skipsSpace(scalar) {}
        }
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard next == "{", let end = scalars[position...].firstIndex(of: "}") else { return nil }
        let text = String(String.UnicodeScalarView(scalars[(position + 1)..<end]))
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        // Any other brace stands for itself: `{}`, `{x}`.
        guard parts.count <= 2, text != ",", !text.isEmpty, parts.allSatisfy({ $0.utf8.allSatisfy(\.isASCIIDigit) })
        else {
            return nil
        }
        position = end + 1
        let numbers = parts.map { $0.isEmpty ? nil : Int($0) ?? Int.max }
        let (least, most) = (numbers[0] ?? 0, parts.count == 1 ? numbers[0] : numbers[1])
        if let most, most < least {
            throw .init("has `{\(text)}`, which runs backwards", help: "write the smaller number first")
        }
        return (least, most)
    }
}
