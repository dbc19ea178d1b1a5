extension Duration {
    /// Reads `90s`, `5m`, `1h30m`, `250ms`, `1.5s`: units from large to small, each at most once.
    ///
    /// Bare numbers and negative durations are refused.
    public init?(text: String) {
        let units: [(name: String, seconds: Double)] = [
            ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1), ("ms", 0.001),
        ]
        var rest = Substring(text)
        var total = Duration.zero
        var allowed = units[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let name = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
            guard let number = Double(digits), digits.first != ".", digits.last != ".",
                let index = allowed.firstIndex(where: { $0.name == name })
            else { return nil }
            let seconds = number * allowed[index].seconds
            guard seconds < 1e9 else { return nil }
            total += .seconds(seconds)
            allowed = allowed[(index + 1)...]
            rest = rest.dropFirst(digits.count + name.count)
        }
        self = total
    }

    /// The shortest text that reads back as the same number of milliseconds: `1h30m`, `2.5s`, `40ms`, `0s`.
    public var text: String {
        let milliseconds = inMilliseconds
        guard milliseconds > 0 else { return "0s" }
        guard milliseconds >= 1_000 else { return "\(milliseconds)ms" }
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        let rest = milliseconds % 60_000
        var out = hours > 0 ? "\(hours)h" : ""
        if minutes > 0 { out += "\(minutes)m" }
        if rest > 0 {
            let fraction = rest % 1_000
            out += "\(rest / 1_000)"
            if fraction > 0 {
                let digits = String(1_000 + fraction).dropFirst()
                out += "." + digits.reversed().drop { $0 == "0" }.reversed()
            }
            out += "s"
        }
        return out
    }

    /// Whole milliseconds, rounded down.
    public var inMilliseconds: Int {
        Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

extension Duration: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a duration such as `90s`, `5m` or `1h30m`",
            schema: [
                "type": "string",
                "pattern": .text(
                    "^(?!$)" + ["d", "h", "m", "s", "ms"].map { "(?:[0-9]+(?:\\.[0-9]+)?\($0))?" }.joined() + "$"),
            ],
            accepts: [.text])
    }

    /// The keywords of JSON Schema that refuse `0s`, for a check.
    public static var moreThanNothing: [String: Value] {
        ["allOf": [["pattern": "[1-9]", "errorMessage": "must be longer than 0s"]]]
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> Duration? {
        if case .scalar(let text, plain: _) = node.content, Double(text) != nil {
            problems.add(
                "expected \(shape.name), found the bare number `\(text)`", at: node.mark,
                help: "name the unit: `\(text)s` for seconds, `\(text)m` for minutes")
            return nil
        }
        return read(node, problems) { Duration(text: $0) }
    }

    public var described: Value { .text(text) }
}
