import Testing

/// Code that has one home is not written a second time elsewhere.
@Suite struct SaidOnceTests {
    private struct Rule {
        var what: String
        /// What a copy would contain.
        var mark: Regex<Substring>
        /// A line of such a copy.
        var copy: String
        /// Where it may be, as the beginnings of paths.
        var homes: [String] = []
    }

    private let rules = [
        Rule(
            what: "Base64", mark: /ABCDEFGHIJKLMNOPQRSTUVWXYZabc.*9\+/,
            copy: #""ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/""#,
            homes: ["TextCoding/Base64.swift"]),
        Rule(
            what: "hexadecimal digits", mark: /0123456789(?:abcdef|ABCDEF)"/,
            copy: #"private static let digits = Array("0123456789abcdef".utf8)"#),
        Rule(
            what: "a percent-encoding", mark: /ascii: "%"\)|"%" \+/, copy: #"out += [UInt8(ascii: "%"), high, low]"#,
            homes: ["TextCoding/"]),
        Rule(what: "escapes of JSON", mark: /"\\\\u(?:00)?" \+/, copy: #"default: "\\u00" + digits"#),
        Rule(
            what: "dates of HTTP", mark: /"Jan",/, copy: #"let months = ["Jan", "Feb"]"#,
            homes: ["TextCoding/HTTPDate.swift"]),
        Rule(
            what: "a class of ASCII",
            mark: /0x30\.\.\.0x39|"0"\.\.\."9"|ascii: "0"\)\.\.\.|isASCII && .*(?:isLetter|isNumber|isHexDigit)/,
            copy: #"case "a"..."z", "A"..."Z", "0"..."9": true"#,
            homes: ["PipelineKit/Step/DurationText.swift", "RegularExpressions/Syntax/ScalarSet+Unicode.swift"]),
        Rule(
            what: "a decision by an error's code", mark: /error\.code == "|\]\.contains\(error\.code\)/,
            copy: #"} catch let error as StepError where error.code == "not-a-link" {"#),
        Rule(
            what: "an error of the thread's errno", mark: /FileError\(.*Errno\(rawValue: (?:Glibc\.)?errno\)\)/,
            copy: #"throw FileError("open", path, Errno(rawValue: errno))"#,
            homes: ["PipelineKit/FileSystem/FileError.swift"]),
        Rule(
            what: "a merge of two sorted streams",
            mark: /while .*(?:precedesByBytes|orderByBytes)|map\(\{ .*precedesByBytes/,
            copy: "while let known = next, known.key.precedesByBytes(key) { next = try kept.next() }",
            homes: ["Releases/Sorted/"]),
        Rule(
            what: "an order of siblings", mark: /lastIndex \{ .*precedesByBytes/,
            copy: "let place = pending.lastIndex { sibling.key.precedesByBytes($0.key) }",
            homes: ["Releases/Sorted/SiblingOrder.swift"]),
        Rule(
            what: "a list of a folder", mark: /\breaddir\(/, copy: "while let entry = readdir(handle) {",
            homes: ["PipelineKit/FileSystem/OpenFolder.swift", "Releases/Assets/FolderListing.swift"]),
        Rule(
            what: "a word for what came of a run or step",
            mark:
                /"(?:was )?(?:stopped by|rolled back|not restored|live, unfinished|nothing was done|took too long)\b/,
            copy: #"case .interrupted: return place + "stopped by SIGINT""#, homes: ["RunnerCLI/Outputs/Outcome.swift"]),
        Rule(
            what: "a question for the form of output", mark: /isJSON|Options\.json|format [!=]= \./,
            copy: "if outputOptions.format == .json { return try document(inputs, in: context) }",
            homes: ["RunnerCLI/Outputs/"]),
    ]

    @Test func eachIsInItsHomeAlone() throws {
        let sources = try SourceFile.all()
        for rule in rules {
            #expect(rule.copy.firstMatch(of: rule.mark) != nil, "the mark of \(rule.what) does not find a copy")
            var homes: Set<String> = []
            for file in sources where file.text.firstMatch(of: rule.mark) != nil {
                let home = rule.homes.first(where: file.path.hasPrefix)
                #expect(home != nil, "\(file.path) has \(rule.what) of its own")
                if let home { homes.insert(home) }
            }
            let empty = Set(rule.homes).subtracting(homes)
            #expect(empty.isEmpty, "\(rule.what) has left \(empty)")
        }
    }
}
