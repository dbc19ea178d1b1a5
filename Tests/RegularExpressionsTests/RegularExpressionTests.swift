import PipelineKit
import Testing

@testable import RegularExpressions

@Suite struct RegularExpressionTests {
    private func found(_ pattern: String, _ text: String) throws -> Bool {
        try RegularExpression(pattern).isFound(in: [text], until: CancellationFlag())
    }

    @Test(arguments: [
        ("b", "abc", true), ("d", "abc", false), ("a.c", "abc", true), ("a.c", "a\nc", false), ("a.c", "a\rc", false),
        ("a.c", "a\u{2028}c", false),
        ("(?s)a.c", "a\nc", true), ("^b", "abc", false), ("^a", "abc", true), ("c$", "abc", true),
        ("c$", "abc\n", true), ("c$", "abc\n\n", false), ("c\\z", "abc\n", false), ("c\\Z", "abc\n", true),
        ("\\Ab", "a\nb", false), ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb\nc", false), ("(?m)\\Ab", "a\nb", false),
        ("(?m)a$", "a\r\nb", true), ("(?m)^b", "a\r\nb", true),
        ("a$", "a\r\n", false), ("(?m)^$", "a", false),
        ("$", "", true), ("^$", "", true), ("^$", "\n", true), ("a|b|", "x", true), ("a|bc", "abd", true),
        ("(ab|cd)e", "cde", true), ("ab?c", "ac", true), ("ab*?c", "abbbc", true), ("ab+c", "ac", false),
        ("a{2}", "aba", false), ("a{2}", "baa", true), ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaa", true),
        ("^a{,2}$", "aaa", false), ("^a{,2}$", "aa", true), ("^a{0}$", "", true), ("a{", "a{", true),
        ("a{x}", "a{x}", true), ("a{}", "a{}", true), ("{a}", "{a}", true), ("(a+)+$", "aaaab", false),
        ("(.*)*", "x", true), ("(a*)*b", "aab", true), ("(|a)+$", "aa", true), ("(a|b)*?c", "abac", true),
        ("\\bb\\b", "a b c", true), ("\\bb", "ab", false), ("\\Bb", "ab", true), ("\\bÜber\\b", "x Über y", true),
        ("r\\b", "Müller", true), ("M\\b", "Müller", false), ("\\B", "", true), ("\\b", "", false),
        ("<html>\\r\\n<", "<html>\r\n<", true), ("a\\Rb", "a\r\nb", true), ("a\\Rb", "a\u{2028}b", true),
        ("\\x41\\x{42}\\u0043\\u{44}\\U00000045", "ABCDE", true), ("\\t\\f\\a\\e\\0", "\t\u{C}\u{7}\u{1B}\0", true),
        ("\\Qa.b*\\E+", "a.b*", true), ("\\Qa.b", "axb", false), ("\\.", "x", false), ("\\/", "/", true),
        ("a#b", "a#b", true), ("(?x) a b # c\n d", "abd", true), ("a(?#b)c", "ac", true), ("é", "É", false),
        ("(?i)é", "É", true), ("(?i)straße", "STRAßE", true), ("(?i)k", "\u{212A}", true), ("(?i)σ", "ς", true),
        ("(?i)a(?-i)b", "AB", false), ("(?i)a(?-i)b", "Ab", true), ("(?i:a)b", "AB", false),
        ("(a(?i)b)c", "aBC", false),
        ("(?i)[a-c]", "B", true), ("(?i)[^a]", "A", false), ("(?<year>\\d+)-(?P<day>\\d)", "2026-1", true),
    ])
    func matches(pattern: String, text: String, expected: Bool) throws {
        #expect(try found(pattern, text) == expected)
    }

    @Test(arguments: [
        ("[abc]", "b", true), ("[^abc]", "b", false), ("[^abc]", "\n", true), ("[a-c]", "d", false),
        ("[]a]", "]", true), ("[^]a]", "]", false), ("[a-]", "-", true), ("[-a]", "-", true), ("[\\]\\[]", "[", true),
        ("[\\d-]", "-", true), ("[a\\-z]", "m", false), ("[.]", "x", false), ("[\\b]", "\u{8}", true),
        ("[[:alpha:]]", "é", true), ("[[:^digit:]]", "7", false), ("[[:space:]x]", "\t", true),
        ("[[:word:]]", "_", true), ("[[:punct:]]", "!", true), ("\\d", "٣", true), ("\\D", "٣", false),
        ("\\w", "é", true), ("\\w", "_", true), ("\\w", "-", false), ("\\W", "é", false), ("\\s", "\u{A0}", true),
        ("\\S", "\u{A0}", false), ("\\h", "\n", false), ("\\v", "\n", true), ("\\N", "\n", false), ("\\H", "\t", false),
        ("\\V", "\r", false), ("\\p{L}", "ж", true), ("\\pL", "1", false), ("\\p{Lu}", "a", false),
        ("\\P{Lu}", "a", true), ("\\p{^Lu}", "A", false), ("\\p{Uppercase_Letter}", "A", true),
        ("\\p{gc=Lu}", "A", true),
        ("\\p{Alphabetic}", "ñ", true), ("\\p{Cn}", "\u{50000}", true), ("\\p{Co}", "\u{F0000}", true),
        ("\\p{Any}", "🎉", true), ("^.$", "🎉", true), ("^.$", "e\u{301}", false), ("[🎈-🎊]", "🎉", true),
        ("[\\u{370}-\\u{3FF}]+", "λόγος", true), ("[^\\x00-\\x7F]", "plain", false),
    ])
    func matchesOneOf(pattern: String, text: String, expected: Bool) throws {
        #expect(try found(pattern, text) == expected)
    }

    static let refused = [
        ("", "is empty"), ("(", "has a `(` without its `)`"), ("a)", "has a `)` without its `(`"),
        ("[a", "has a `[` without its `]`"), ("[]", "has a `[` without its `]`"), ("*a", "has a `*` with nothing"),
        ("a|+", "has a `+` with nothing"), ("a\\", "ends with a backslash"), ("[\\", "ends with a backslash"),
        ("a{3,2}", "has `{3,2}`, which runs backwards"), ("[b-a]", "has the range `b-a`, which runs backwards"),
        ("[a-\\d]", "has a range in a class that ends with a set"), ("[a[b]]", "has a class inside a class"),
        ("[a&&b]", "has `&&` inside a class"), ("[a--b]", "has `--` inside a class"),
        ("[[:foo:]]", "has a `[:…:]` that is not known here"),
        ("(?=a)", "looks around by `(?=…)`"), ("(?!a)", "looks around by `(?!…)`"),
        ("(?<=a)", "looks around by `(?<=…)`"), ("(?<!a)", "looks around by `(?<!…)`"),
        ("(?>a)", "has an atomic group"), ("a*+", "has a possessive quantifier"), ("a{2}+", "has a possessive"),
        ("(a)\\1", "refers back to a group by `\\1`"), ("(?<n>a)\\k<n>", "refers back to a group by `\\k`"),
        ("(?R)", "has `(?R`"), ("(a)(?(1)b)", "has `(?(`"), ("(?|a)", "has `(?|`"), ("(?q)a", "has `(?q`"),
        ("\\p{Greek}", "has `\\p{Greek}`, which is not known here"), ("\\p{L", "has a `\\p{` without its `}`"),
        ("\\X", "has `\\X`, which means nothing here"), ("\\xZZ", "has a `\\x` that names no character"),
        ("\\u{D800}", "has a `\\u` that names no character"), ("\\u12", "has a `\\u` that names no character"),
        ("((a{1,100}){1,100}){1,100}", "is too large"), ("(((){1000}){1000}){1000}", "is too large"),
        ("a{99999999999999999999}", "is too large"),
        (String(repeating: "(", count: 101) + String(repeating: ")", count: 101), "nests groups more than 100 deep"),
        (String(repeating: "a", count: 16_385), "is longer than 16384 characters"),
    ]

    @Test(arguments: refused)
    func whatCannotBeMatchedInLinearTimeIsRefused(pattern: String, said: String) {
        let error = #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
        #expect(error?.reason.hasPrefix(said) == true, "\(error?.reason ?? "")")
        #expect(error?.help.isEmpty == false)
    }

    /// Each would take a backtracking engine minutes or longer. Here the steps stay in proportion to the text.
    @Test(arguments: [
        ("(a+)+$", "a", "b", false), ("a.*b", "a", "", false), ("(x+x+)+y", "x", "", false), ("(.*)*z", "x", "", false),
        ("(a|a)*b", "a", "", false), ("(a|aa)+$", "a", "c", false), ("((a{1,20}){1,20}){1,20}c", "a", "b", false),
        ("^(.*?,){11}P", "1,2,3,4,5,6,7,8,9,10,11,", "Q", false), ("(.*)(.*)(.*)[^x]$", "x", "", false),
        ("\\w{1,50}@\\w{1,50}\\.com", "somebody.somewhere ", "", false),
        ("<title>[^<]{1,200}</title>", "<title>x", "</title>", true),
    ])
    func aLongTextTakesTimeInProportion(pattern: String, repeated: String, last: String, expected: Bool) throws {
        let text = String(repeating: repeated, count: (1 << 18) / repeated.utf8.count) + last
        let expression = try RegularExpression(pattern, budget: 1_500_000)
        #expect(try expression.isFound(in: [text], until: CancellationFlag()) == expected)
    }

    @Test func aHugeAlternationIsNotFollowedWordByWord() throws {
        let words = (0..<1_200).map { "word\($0 * 7919)" }
        let expression = try RegularExpression("^(" + words.joined(separator: "|") + ")$", budget: 100_000)
        func found(_ texts: String...) throws -> Bool {
            try expression.isFound(in: texts, until: CancellationFlag())
        }
        let text = String(repeating: "word1 word2 ", count: 10_000)
        #expect(try !found(text) && found(text, "word\(1_199 * 7919)"))
    }

    /// If each position of the text leads to new states, the search ends by itself.
    @Test func tooMuchWorkEndsTheSearch() throws {
        let expression = try RegularExpression("a[ab]{500}c", budget: 1_000_000)
        func found(_ texts: String...) throws -> Bool {
            try expression.isFound(in: texts, until: CancellationFlag())
        }
        let text = Self.random(1 << 16, seed: 7)
        let error = #expect(throws: RegularExpression.TooMuchWork.self) { try found(text) }
        #expect(error.map { (100..<10_000).contains($0.offset) } == true)
        // All texts of one search share one budget.
        let half = String(text.prefix((error?.offset ?? 0) * 2 / 3))
        #expect(try !found(half))
        #expect(throws: RegularExpression.TooMuchWork.self) {
            try found(half, Self.random(half.utf8.count, seed: 8))
        }
    }

    private static func random(_ count: Int, seed: UInt64) -> String {
        var random = Generator(state: seed)
        return (0..<count).map { _ in random.pick("a", "b") }.joined()
    }

    @Test func aRaisedFlagEndsTheSearch() throws {
        let flag = CancellationFlag()
        flag.raise()
        let expression = try RegularExpression("a")
        #expect(throws: CancellationError.self) { try expression.isFound(in: ["bbb"], until: flag) }
    }

    /// Forgetting what was remembered changes no answer.
    @Test func moreStatesThanAreKept() throws {
        let text = Self.random(40_000, seed: 3)
        #expect(try !found("a[ab]{40}c", text))
        #expect(try found("a[ab]{40}c", text + "a" + String(repeating: "b", count: 40) + "c"))
    }

    /// Against Swift's own engine, on texts that are short enough for it.
    @Test func randomExpressionsAreReadAsSwiftReadsThem() throws {
        var random = Generator(state: 42)
        for _ in 0..<400 {
            let pattern = random.expression(depth: 3)
            let expected = try Regex(pattern).matchingSemantics(.unicodeScalar)
            let expression = try RegularExpression(pattern)
            for _ in 0..<8 {
                let text = random.text()
                let isFound = try expression.isFound(in: [text], until: CancellationFlag())
                #expect(try isFound == (expected.firstMatch(in: text) != nil), "\(pattern) in \(text.debugDescription)")
            }
        }
    }
}

private struct Generator {
    var state: UInt64

    mutating func next(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
    }

    mutating func pick(_ texts: String...) -> String { texts[next(texts.count)] }

    mutating func text() -> String {
        (0..<next(9)).map { _ in pick("a", "b", "B", "é", "-", " ", "1") }.joined()
    }

    mutating func expression(depth: Int) -> String {
        (0..<(1 + next(3))).map { _ in piece(depth: depth) }.joined()
    }

    private mutating func piece(depth: Int) -> String {
        let atom =
            depth == 0 || next(3) > 0
            ? pick("a", "b", "é", ".", "[ab]", "[^a]", "\\d", "\\s", "[é-ü]", "-", next(10) == 0 ? "\\w" : "\\S")
            : pick("(", "(?:") + expression(depth: depth - 1) + (next(2) == 0 ? "|" + expression(depth: depth - 1) : "")
                + ")"
        if next(8) == 0 { return pick("^", "$", "\\A", "\\z") }
        return atom + pick("", "", "", "*", "+", "?", "{2}", "{1,2}", "*?", "{0,1}")
    }
}
