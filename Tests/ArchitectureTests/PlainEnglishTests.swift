import FoundationEssentials
import Testing

/// Phrases that users have stumbled over do not come back, neither into texts of the program nor into its documents.
@Suite struct PlainEnglishTests {
    /// Each with what to write instead.
    private static let banned: [(phrase: String, instead: String)] = [
        (#"\bis there: what\b"#, "set one of `a` or `b`"),
        (#"\bneither `[^`]*`(?:, `[^`]*`)* nor `[^`]*` is there"#, "set one of"),
        (#"\bnot to be had\b"#, "is not available"), (#"\b[Mm]end(?:s|ed)? (?:it|them|the)\b"#, "correct"),
        (#"\bgo(?:es|ing)? on (?:with|and|from|there|forward)\b"#, "continue"), (#"\bhangs? on\b"#, "depends on"),
        (#"\bby it\b"#, "name what does it"), (#"\bnone that is not\b"#, "say what is left"),
        (#"\bwhere (?:it is|they are) left out\b"#, "if omitted"), (#"\bwhere (?:there is no|none|one is)\b"#, "if"),
        (#"\b(?:has|have|had) to (?:be|have|contain|match|answer)\b"#, "must"),
        (#"\b(?:is|are) to be\b"#, "must be, or will be"),
        (#"\bstands? (?:behind|twice|below|inside|before|above)\b"#, "is"),
        (#"\bbrings? (?:this step )?about\b"#, "runs"), (#"\bmore than nothing\b"#, "longer than 0s"),
        (#"\bexcludes? each other\b|\bexclude each other\b"#, "cannot be used together"),
        (#"\btells? only what\b"#, "prints only"), (#"\bas many as the bucket bears\b"#, "accepts"),
        (#"\bnone takes all\b"#, "an empty list takes all"), (#"\bwith your own eyes\b"#, "yourself"),
        (#"\bcame to be\b"#, "appeared"),
        (#"(?:[^e]|[^r]e) is no (?:id|path|file|folder|region|URL|input|endpoint|command|entry)\b"#, "is not a"),
    ]

    /// The phrases, ready to be looked for: that takes longer than most searches.
    private struct Search {
        let phrases: [(regex: Regex<AnyRegexOutput>, fault: String)]

        init() throws {
            phrases = try banned.map { (try Regex($0.phrase), "write \"\($0.instead)\" for /\($0.phrase)/") }
        }

        /// Returns what is banned in a text.
        func faults(in text: some StringProtocol) -> [String] {
            // Each of them has two words.
            guard text.utf8.contains(UInt8(ascii: " ")) else { return [] }
            let text = String(text)
            return phrases.filter { text.contains($0.regex) }.map(\.fault)
        }
    }

    @Test(arguments: [
        "neither `a`, `b` nor `c` is there: what is to be waited for", "mend it and check it",
        "it goes on with the run",
        "its secret is not to be had", "compresses what gets smaller by it", "none that is not left out",
        "the value where none is given", "text that the body has to contain",
    ])
    func anOldPhraseIsFound(_ text: String) throws {
        #expect(try !Search().faults(in: text).isEmpty)
    }

    @Test func noTextOfTheProgramHasOne() throws {
        let search = try Search()
        let literal = try Regex<Substring>(#""(?:[^"\\]|\\.)*""#)
        for file in try SourceFile.all() {
            var isInBlock = false
            for line in file.text.split(separator: "\n", omittingEmptySubsequences: false) {
                let text = line.drop(while: \.isWhitespace)
                let marks = text.components(separatedBy: "\"\"\"").count - 1
                if !text.hasPrefix("//") {
                    let literals = isInBlock && marks == 0 ? [text] : text.matches(of: literal).map(\.output)
                    for literal in literals {
                        for fault in search.faults(in: literal) {
                            Issue.record("\(file.path): \(literal): \(fault)")
                        }
                    }
                }
                if !marks.isMultiple(of: 2) { isInBlock.toggle() }
            }
        }
    }

    @Test func noDocumentHasOne() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let documents = try FileManager.default.contentsOfDirectory(atPath: root + "/docs").filter {
            $0.hasSuffix(".md")
        }
        #expect(documents.count > 10)
        let search = try Search()
        for name in documents.map({ "docs/" + $0 }) + ["README.md"] {
            let data = try #require(FileManager.default.contents(atPath: root + "/" + name))
            for (number, line) in String(decoding: data, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false
            ).enumerated() {
                for fault in search.faults(in: line) { Issue.record("\(name):\(number + 1): \(fault)") }
            }
        }
    }
}
