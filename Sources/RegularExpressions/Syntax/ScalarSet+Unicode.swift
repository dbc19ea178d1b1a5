/// Sets that Unicode's properties define. Each is made when an expression first names it, in a few milliseconds.
extension ScalarSet {
    /// The characters of words, as in Unicode's Technical Standard 18: letters, marks, digits and `_`.
    static let word = ScalarSet { scalar in
        switch scalar.properties.generalCategory {
        case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark: true
        default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
        }
    }
    static let digit = ScalarSet { $0.properties.generalCategory == .decimalNumber }
    static let space = ScalarSet { $0.properties.isWhitespace }
    static let horizontalSpace = ScalarSet { $0 == "\t" || $0.properties.generalCategory == .spaceSeparator }
    /// The line ends of all systems.
    static let lineEnd = ScalarSet("\n\u{0B}\u{0C}\r\u{85}\u{2028}\u{2029}")

    /// The set that `\p{…}` or `[:…:]` names; nil for an unknown name. Case, spaces, `_` and `-` do not matter.
    static func named(_ name: String) -> ScalarSet? {
        var key = String(name.lowercased().filter { !" _-".contains($0) })
        for prefix in ["gc=", "generalcategory="] where key.hasPrefix(prefix) { key.removeFirst(prefix.count) }
        if let categories = categories[key] {
            return ScalarSet { categories.contains($0.properties.generalCategory) }
        }
        return key == "word" ? word : properties[key].map { ScalarSet($0) }
    }

    /// Makes the set by testing each scalar of the planes that have characters.
    private init(_ contains: (Unicode.Scalar) -> Bool) {
        var ranges: [ClosedRange<UInt32>] = []
        var start: UInt32?
        func note(_ value: UInt32, _ isIn: Bool) {
            if isIn { start = start ?? value }
            if !isIn, let first = start {
                ranges.append(first...(value - 1))
                start = nil
            }
        }
        for plane: UInt32 in 0...0x10 {
            let (first, end) = (plane << 16, (plane + 1) << 16)
            guard plane < 4 || plane == 14 else {
                // This plane is all alike: unassigned, or for private use.
                note(first, Unicode.Scalar(first).map(contains) ?? false)
                continue
            }
            for value in first..<end { note(value, Unicode.Scalar(value).map(contains) ?? false) }
        }
        note(Self.last + 1, false)
        self.init(ranges)
    }

    private static let properties: [String: @Sendable (Unicode.Scalar) -> Bool] = [
        "any": { _ in true }, "ascii": { $0.isASCII }, "alphabetic": { $0.properties.isAlphabetic },
        "alpha": { $0.properties.isAlphabetic }, "lowercase": { $0.properties.isLowercase },
        "lower": { $0.properties.isLowercase }, "uppercase": { $0.properties.isUppercase },
        "upper": { $0.properties.isUppercase }, "whitespace": { $0.properties.isWhitespace },
        "space": { $0.properties.isWhitespace }, "emoji": { $0.properties.isEmoji },
        "alnum": { $0.properties.isAlphabetic || $0.properties.generalCategory == .decimalNumber },
        "blank": { $0 == "\t" || $0.properties.generalCategory == .spaceSeparator },
        "xdigit": { $0.isASCII && $0.properties.isHexDigit },
    ]

    private static let categories: [String: Set<Unicode.GeneralCategory>] = {
        let single: [String: Unicode.GeneralCategory] = [
            "lu": .uppercaseLetter, "ll": .lowercaseLetter, "lt": .titlecaseLetter, "lm": .modifierLetter,
            "lo": .otherLetter, "mn": .nonspacingMark, "mc": .spacingMark, "me": .enclosingMark,
            "nd": .decimalNumber, "nl": .letterNumber, "no": .otherNumber, "pc": .connectorPunctuation,
            "pd": .dashPunctuation, "ps": .openPunctuation, "pe": .closePunctuation, "pi": .initialPunctuation,
            "pf": .finalPunctuation, "po": .otherPunctuation, "sm": .mathSymbol, "sc": .currencySymbol,
            "sk": .modifierSymbol, "so": .otherSymbol, "zs": .spaceSeparator, "zl": .lineSeparator,
            "zp": .paragraphSeparator, "cc": .control, "cf": .format, "co": .privateUse, "cn": .unassigned,
        ]
        var sets = single.mapValues { Set([$0]) }
        // `L` is the union of all categories whose names begin with it.
        for (name, category) in single { sets[String(name.prefix(1)), default: []].insert(category) }
        for (long, short) in [
            ("letter", "l"), ("mark", "m"), ("number", "n"), ("punctuation", "p"), ("punct", "p"), ("symbol", "s"),
            ("separator", "z"), ("other", "c"), ("uppercaseletter", "lu"), ("lowercaseletter", "ll"),
            ("decimalnumber", "nd"), ("digit", "nd"), ("control", "cc"), ("cntrl", "cc"),
        ] { sets[long] = sets[short] }
        return sets
    }()
}

extension ScalarSet {
    /// The set, and every scalar that differs from one of it only by case.
    var ignoringCase: ScalarSet {
        var others: [ClosedRange<UInt32>] = []
        for (scalar, family) in Self.caseFamilies where ranges.contains(where: { $0.contains(scalar) }) {
            others += family.map { $0...$0 }
        }
        return ScalarSet(ranges + others)
    }

    /// For each scalar that has a case, all that are equal to it without case: `k`, `K` and the Kelvin sign.
    private static let caseFamilies: [UInt32: [UInt32]] = {
        var families: [UInt32: [UInt32]] = [:]
        // Other planes have no letters with a case.
        for value: UInt32 in 0...0x1FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped else { continue }
            let folded = scalar.mapped(\.uppercaseMapping).mapped(\.lowercaseMapping).value
            families[folded, default: []].append(value)
        }
        var all: [UInt32: [UInt32]] = [:]
        for (folded, members) in families {
            let family = Set(members + [folded]).sorted()
            for member in family { all[member] = family }
        }
        return all
    }()
}

extension Unicode.Scalar {
    /// The mapped scalar; the scalar itself if the mapping gives more than one.
    fileprivate func mapped(_ mapping: KeyPath<Properties, String>) -> Unicode.Scalar {
        let scalars = properties[keyPath: mapping].unicodeScalars
        return scalars.count == 1 ? scalars.first ?? self : self
    }
}
