/// Reads what follows a backslash.
extension Parser {
    /// Reads an escape outside a class.
    mutating func escape() throws(RegularExpressionError) -> Node {
        guard position + 1 < scalars.count else { throw endsWithBackslash }
        let scalar = scalars[position + 1]
        let assertions: [Unicode.Scalar: Assertion] = [
            "A": .textStart, "z": .textEnd, "Z": .textEndOrLastLineFeed, "b": .wordBoundary, "B": .noWordBoundary,
        ]
        if let assertion = assertions[scalar] {
            position += 2
            return .assertion(assertion)
        }
        if scalar == "R" {
            position += 2
            return .alternatives([
                .sequence([.scalar(ScalarSet("\r")), .scalar(.lineFeed)]), .scalar(.lineEnd),
            ])
        }
        if scalar == "Q" {
            position += 2
            return quoted()
        }
        if ("1"..."9").contains(scalar) || scalar == "g" || scalar == "k" {
            throw .init(
                "refers back to a group by `\\\(scalar)`, which cannot be done in linear time",
                help: "write the part a second time")
        }
        let set = try escapedSet()
        return .scalar(flags.ignoresCase ? set.ignoringCase : set)
    }

    /// Reads `\Q…\E`: every character stands for itself.
    private mutating func quoted() -> Node {
        var nodes: [Node] = []
        while let scalar = next, !take("\\E") {
            nodes.append(.scalar(literal(scalar)))
            position += 1
        }
        return .sequence(nodes)
    }

    /// Reads an escape for one character or a set of them, in a class or outside.
    mutating func escapedSet() throws(RegularExpressionError) -> ScalarSet {
        position += 1
        guard let scalar = next else { throw endsWithBackslash }
        position += 1
        if let set = namedSet(scalar) { return set }
        switch scalar {
        case "p", "P": return try property(isInverted: scalar == "P")
        case "x", "u", "U": return ScalarSet(try numbered(scalar))
        case "t": return ScalarSet("\t")
        case "n": return .lineFeed
        case "r": return ScalarSet("\r")
        case "f": return ScalarSet("\u{0C}")
        case "a": return ScalarSet("\u{07}")
        case "e": return ScalarSet("\u{1B}")
        case "0": return ScalarSet("\0")
        case "a"..."z", "A"..."Z", "1"..."9":
            throw .init(
                "has `\\\(scalar)`, which means nothing here", help: "leave the backslash out for the character itself")
        default: return literal(scalar)
        }
    }

    private func namedSet(_ scalar: Unicode.Scalar) -> ScalarSet? {
        switch scalar {
        case "d": .digit
        case "D": ScalarSet.digit.inverted
        case "w": .word
        case "W": ScalarSet.word.inverted
        case "s": .space
        case "S": ScalarSet.space.inverted
        case "h": .horizontalSpace
        case "H": ScalarSet.horizontalSpace.inverted
        case "v": .lineEnd
        case "V", "N": ScalarSet.lineEnd.inverted
        default: nil
        }
    }

    private var endsWithBackslash: RegularExpressionError {
        .init("ends with a backslash", help: "write two for the character itself")
    }

    private mutating func property(isInverted: Bool) throws(RegularExpressionError) -> ScalarSet {
        var name = next.map { "\($0)" } ?? ""
        position += 1
        var isInverted = isInverted
        if name == "{" {
            guard let text = take(upTo: "}") else {
                throw .init("has a `\\p{` without its `}`", help: "write it as `\\p{L}`")
            }
            name = text
        }
        if name.hasPrefix("^") {
            name.removeFirst()
            isInverted.toggle()
        }
        guard let set = ScalarSet.named(name) else {
            throw .init(
                "has `\\p{\(name)}`, which is not known here",
                help: "there are general categories such as `\\p{L}` and `\\p{Lu}`; write a script as a range of its "
                    + "characters: `[\\u{370}-\\u{3FF}]`")
        }
        return isInverted ? set.inverted : set
    }

    /// Reads `\x41`, `\x{1F600}`, `\u0041`, `\u{1F600}`, `\U0001F600`.
    private mutating func numbered(_ form: Unicode.Scalar) throws(RegularExpressionError) -> Unicode.Scalar {
        var digits: String?
        if take("{") {
            digits = take(upTo: "}")
        } else {
            let count = form == "x" ? 2 : form == "u" ? 4 : 8
            let end = position + count
            if end <= scalars.count {
                digits = String(String.UnicodeScalarView(scalars[position..<end]))
                position = end
            }
        }
        guard let digits, digits.utf8.count <= 8, let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else {
            throw .init(
                "has a `\\\(form)` that names no character", help: "write it as `\\u{E9}`, in hexadecimal digits")
        }
        return scalar
    }
}

/// Reads classes: `[…]`.
extension Parser {
    mutating func characterClass() throws(RegularExpressionError) -> ScalarSet {
        position += 1
        let isInverted = take("^")
        var set = ScalarSet()
        var isFirst = true
        while true {
            guard let scalar = next else {
                throw .init("has a `[` without its `]`", help: Self.escape("["))
            }
            // A `]` that comes first is a character.
            if scalar == "]", !isFirst { break }
            isFirst = false
            set = set.union(try member(scalar))
        }
        position += 1
        // This comes before the inversion: `(?i)[^a]` does not take `A` either.
        if flags.ignoresCase { set = set.ignoringCase }
        return isInverted ? set.inverted : set
    }

    /// Reads a character, a range, or a set within a class.
    private mutating func member(_ scalar: Unicode.Scalar) throws(RegularExpressionError) -> ScalarSet {
        if take("[:") { return try posixClass() }
        if scalar == "[" {
            throw .init("has a class inside a class", help: "\(Self.escape("[")), or put all characters into one class")
        }
        try refuseOperations()
        let first = try single()
        try refuseOperations()
        guard let low = first.only, next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
            return first.set
        }
        position += 1
        guard let high = try single().only else {
            throw .init("has a range in a class that ends with a set", help: Self.escape("-"))
        }
        guard low <= high else {
            throw .init("has the range `\(low)-\(high)`, which runs backwards", help: "write the smaller one first")
        }
        return ScalarSet([low.value...high.value])
    }

    private func refuseOperations() throws(RegularExpressionError) {
        for operation in ["&&", "--", "~~"] where follows(operation) {
            throw .init(
                "has `\(operation)` inside a class, which is not done here",
                help: "write the characters that are left, or a `\\` before each for the character itself")
        }
    }

    private mutating func single() throws(RegularExpressionError) -> (set: ScalarSet, only: Unicode.Scalar?) {
        guard let scalar = next else { throw .init("has a `[` without its `]`", help: Self.escape("[")) }
        guard scalar == "\\" else {
            position += 1
            return (ScalarSet(scalar), scalar)
        }
        if position + 1 < scalars.count, scalars[position + 1] == "b" {
            position += 2
            return (ScalarSet("\u{08}"), "\u{08}")
        }
        let set = try escapedSet()
        let isOne = set.ranges.count == 1 && set.ranges[0].count == 1
        return (set, isOne ? Unicode.Scalar(set.ranges[0].lowerBound) : nil)
    }

    /// Reads `[:alpha:]` within a class.
    private mutating func posixClass() throws(RegularExpressionError) -> ScalarSet {
        let isInverted = take("^")
        guard let name = take(upTo: ":"), take("]"), let set = ScalarSet.named(name) else {
            throw .init("has a `[:…:]` that is not known here", help: "there are such as `[:alpha:]` and `[:digit:]`")
        }
        return isInverted ? set.inverted : set
    }
}
