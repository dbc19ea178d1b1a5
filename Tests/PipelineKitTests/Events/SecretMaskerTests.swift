import FoundationEssentials
import Logging
@testable import PipelineKit
import SystemPackage
import Testing

@Suite struct SecretMaskerTests {
    @Test(arguments: [
        ("hunter2!", "the password is hunter2!, hunter2!hunter2!", "the password is ***, ******"),
        ("hunter2!", "HUNTER2!", "HUNTER2!"),
        ("hunter2!", "", ""),
        ("a b&c/d", "?token=a%20b%26c%2Fd&x=1", "?token=***&x=1"),
        ("pässwört", "p%C3%A4ssw%C3%B6rt and pässwört", "*** and ***"),
        ("say \"hi\"\\", #"{"secret":"say \"hi\"\\"}"#, #"{"secret":"***"}"#),
        ("one\ntwo lines", #"{"secret":"one\ntwo lines"}"#, #"{"secret":"***"}"#),
    ])
    func plainUrlAndJSON(_ secret: String, _ text: String, _ expected: String) {
        #expect(SecretMasker([secret]).mask(text) == expected)
    }

    @Test(arguments: 0..<6) func base64AtEachOffset(_ offset: Int) {
        let secret = "correct horse battery"
        let text = String(repeating: "x", count: offset) + secret + ":rest"
        let encoded = Data(text.utf8).base64EncodedString()
        let masked = SecretMasker([secret]).mask(encoded)
        #expect(masked.contains("***"))
        // What is left around the mask cannot be turned back into any word of it.
        let rest = Data(base64Encoded: masked.replacing("***", with: "AAAA"), options: .ignoreUnknownCharacters)
        let decoded = rest.map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(!decoded.contains("horse") && !decoded.contains("correct") && !decoded.contains("battery"))
    }

    @Test(arguments: ["\n", "\r\n"]) func linesOfALongSecret(_ newline: String) {
        let secret = ["-----BEGIN KEY-----", "MIIEvQIBADANBgkqhkiG", "short", "9w0BAQEFAASCBKcwggSj", ""]
            .joined(separator: newline)
        let masker = SecretMasker([secret])
        #expect(masker.mask("key: MIIEvQIBADANBgkqhkiG") == "key: ***")
        #expect(masker.mask("9w0BAQEFAASCBKcwggSj") == "***")
        #expect(masker.mask("in short") == "in ***")
        #expect(masker.mask("<\(secret)>") == "<***>")
    }

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
        MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
        NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ
        qgtzJ6GR3eqoYSW9b9UMvkBpZODSctWSNGj3P7jRFDO5VoTwCQAWbFnOjDfH5Ulg
        Qc==
        -----END PRIVATE KEY-----

        """
    private static let odd = "s3cr3t/+to ken&é\"'<x>"

    /// Longer than this, nothing of what a secret was may be left.
    private static let rest = 8

    private func isHidden(_ text: String, in masked: String, _ comment: String) {
        let (text, masked) = (Array(text.utf8), Array(masked.utf8))
        for start in 0...max(0, text.count - Self.rest) {
            let part = text[start..<min(text.count, start + Self.rest)]
            // What an encoding has at the end of a line, or between its blanks, tells nothing.
            guard masked.count >= part.count, !part.contains(0x0A) else { continue }
            let isLeft = (0...(masked.count - part.count)).contains { masked[$0...].starts(with: part) }
            #expect(
                !isLeft,
                "\(comment): \(String(decoding: part, as: UTF8.self)) is left in \(String(decoding: masked, as: UTF8.self))"
            )
            if isLeft { return }
        }
    }

    private static func base64(_ bytes: [UInt8], width: Int) -> String {
        let text = Array(Data(bytes).base64EncodedString())
        return stride(from: 0, to: text.count, by: width).map { String(text[$0..<min($0 + width, text.count)]) }
            .joined(separator: "\n")
    }

    /// As `base64`, `openssl base64`, `fold` and others break it; alone, with its line break, and inside a longer text.
    @Test(arguments: [key, odd, "correct horse battery staple", "~~~???>>>~~~???>>>"], [76, 64, 60, 40, 1_000_000])
    func base64InLines(secret: String, width: Int) {
        let masker = SecretMasker([secret])
        for (before, behind) in [
            ("", ""), ("", "\n"), ("u:", ""), ("us:", "\n"), ("use:", " and more, and more of it"),
        ] {
            let printed = Self.base64(Array((before + secret + behind).utf8), width: width)
            // What the secret alone decides.
            let (start, end) = (before.utf8.count * 4 / 3 + 1, (before + secret).utf8.count * 4 / 3)
            let ofSecret = String(printed.filter { $0 != "\n" }.prefix(end).dropFirst(start))
            for isURLSafe in [false, true] {
                let safe = { (text: String) in
                    isURLSafe ? text.replacing("+", with: "-").replacing("/", with: "_") : text
                }
                let text = safe(printed)
                let byLine = text.split(separator: "\n").map { masker.mask(String($0)) }.joined(separator: "\n")
                isHidden(safe(ofSecret), in: masker.mask(text), "\(width)")
                isHidden(safe(ofSecret), in: byLine, "\(width)")
                if before.isEmpty, behind.count < 2 {
                    #expect(byLine.split(separator: "\n").allSatisfy { $0 == "***" || $0.utf8.count <= 4 }, "\(byLine)")
                }
            }
        }
    }

    @Test(arguments: [key, odd, "hunter22"], [76, 1_000_000]) func base64OfBase64(secret: String, width: Int) {
        let masker = SecretMasker([secret])
        for before in ["", "u", "us"] {
            let inner = Self.base64(Array((before + secret).utf8), width: width) + "\n"
            let printed = Self.base64(Array(inner.utf8), width: width)
            let masked = printed.split(separator: "\n").map { masker.mask(String($0)) }.joined()
            // Where lines of both end, a few characters are left.
            let left = masked.replacing("***", with: "").utf8.count
            #expect(masked.contains("***") && left * 5 <= printed.utf8.count + 60, "\(masked)")
        }
    }

    @Test(arguments: [key, odd, "abc"]) func hexadecimal(secret: String) {
        let masker = SecretMasker([secret])
        let pairs = secret.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        for separator in ["", ":", " "] {
            let text = pairs.joined(separator: separator)
            for text in [text, text.uppercased()] {
                #expect(masker.mask("x \(text) y").filter { $0 != " " } == "x***y")
                // As `xxd -p` breaks it.
                let half = String(text.prefix(60 - 60 % (separator.isEmpty ? 2 : 3)))
                if secret == Self.key { #expect(masker.mask(half).utf8.count < 8, "\(masker.mask(half))") }
            }
        }
    }

    @Test(arguments: [
        ("s3cr3t%2f%2bto%20ken%26%c3%a9%22%27%3cx%3e", "lower case"),
        ("s3cr3t/%2Bto%20ken%26%C3%A9%22%27%3Cx%3E", "a slash stays"),
        ("s3cr3t%2F%2Bto+ken%26%C3%A9%22%27%3Cx%3E", "a form"),
        ("s3cr3t%252F%252Bto%2520ken%2526%25C3%25A9%2522%2527%253Cx%253E", "twice"),
        (#"s3cr3t/+to ken&\u00e9\"'<x>"#, "JSON in ASCII"), (#"s3cr3t\/+to ken&é\"'<x>"#, "JSON with slashes"),
        (#"s3cr3t/+to ken\u0026\u00E9\u0022\u0027\u003cx\u003e"#, "JSON for web pages"),
        (#"s3cr3t\\/+to ken\\u0026\\u00e9\\\"'<x>"#, "JSON in JSON"),
        ("s3cr3t/+to ken&amp;é&quot;&#39;&lt;x&gt;", "HTML"),
        ("s3cr3t&#x2f;&#43;to&nbsp;ken&amp;&#xE9;&#34;&apos;&lt;x&gt;", "HTML by numbers"),
        (#"s3cr3t/+to\ ken\&é\"\'\<x\>"#, "printf %q"), (#"s3cr3t/+to ken&\303\251"\'<x>"#, "printf %q in ASCII"),
        (#"s3cr3t/+to ken&é"'\''<x>"#, "a shell's quotes"), (#"s3cr3t/+to ken&é"'"'"'<x>"#, "other quotes"),
        (#"s3cr3t/+to ken&\xc3\xa9"'<x>"#, "bytes"), (#"s3cr3t%2F+to ken&amp;\u00e9"'<x>"#, "a mixture"),
    ])
    func escaped(text: String, way: String) {
        #expect(SecretMasker([Self.odd]).mask("<\(text)> \(text)") == "<***> ***", "\(way)")
    }

    /// Any way to escape what another has escaped.
    @Test func escapesInEscapes() {
        func json(_ text: String) -> String { String(Value.text(text).json.dropFirst().dropLast()) }
        func html(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
        }
        func url(_ text: String) -> String {
            text.utf8.map { byte in
                "%&<>\"'\\ \n".utf8.contains(byte) || byte >= 0x80
                    ? "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) : String(Unicode.Scalar(byte))
            }.joined()
        }
        let ways: [(String, (String) -> String)] = [("json", json), ("html", html), ("url", url)]
        let secrets = [Self.odd, #"a\b%2fc&amp;d"e"#, #"C:\new\temp%20x"#, "two\nlines of it", "100%&<é🚀>"]
        for secret in secrets {
            let masker = SecretMasker([secret])
            for first in ways {
                for second in ways {
                    for third in ways {
                        let text = third.1(second.1(first.1(secret)))
                        #expect(masker.mask("<\(text)>") == "<***>", "\(first.0) \(second.0) \(third.0): \(text)")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("  two   blanks\tand a tab \n", "two blanks and a tab"), ("  trimmed  ", "trimmed"),
        ("one\n  two\nthree3", "one two three3"),
        ("one\n  two\nthree3", "onetwothree3"), ("a longer  one", "alongerone"), ("two words", "two+words"),
    ])
    func blanks(secret: String, text: String) {
        #expect(SecretMasker([secret]).mask("<\(text)>") == "<***>")
    }

    /// A key of which somebody makes lines of another length, or one.
    @Test(arguments: [32, 48, 100, 10_000]) func aKeyInOtherLines(width: Int) {
        let masker = SecretMasker([Self.key])
        let body = Array(Self.key.filter { !$0.isWhitespace })
        for start in stride(from: 0, to: body.count, by: width) {
            let line = String(body[start..<min(start + width, body.count)])
            if line.count >= 16 { #expect(masker.mask(line) == "***", "\(line)") }
        }
    }

    @Test(arguments: [
        ("user\npw12\nabc\n", "the pw12 of user, abc", "the *** of ***, ***"),
        ("kind: a\n---\n}\nab\n", "--- } ab", "--- } ab"),
    ])
    func shortLines(secret: String, text: String, masked: String) {
        #expect(SecretMasker([secret]).mask(text) == masked)
    }

    @Test func whatOverlapsIsMaskedAsAWhole() {
        let masker = SecretMasker(["abcdefgh12", "gh12-secret", "h12-secret-and-more"])
        #expect(masker.mask("xabcdefgh12-secret-and-morex") == "x***x")
        #expect(masker.mask("abcdefgh12abcdefgh12") == "******")
    }

    @Test func laterSecretsAreMaskedFromThenOn() {
        let general = SecretMasker()
        let masker = SecretMasker(["hunter2!"], and: general)
        #expect(masker.mask("hunter2! later-one") == "*** later-one")
        general.add(["later-one"])
        #expect(masker.mask("hunter2! later-one") == "*** ***")
        #expect(general.mask("hunter2! later-one") == "hunter2! ***")
    }

    /// A secret that repeats itself, and a text that nearly has it everywhere: neither takes time that grows with the
    /// square of the length.
    @Test func rowsAndRepetitions() {
        let row = String(repeating: "abcdefgh", count: 4_000)
        let masker = SecretMasker([row + "!", String(repeating: "x", count: 20_000)])
        #expect(masker.mask(row) == row)
        #expect(masker.mask(row + row + "!") == row + "***")
        let text = String(repeating: "x", count: 19_999)
        #expect(masker.mask(text) == text)
    }

    @Test func lineBreakBehindASecretIsNoPartOfIt() {
        #expect(SecretMasker(["abc12\n"]).mask("token abc12.") == "token ***.")
    }

    @Test func shortSecretsAreNotMasked() {
        #expect(SecretMasker(["ab", "", "x"]).mask("ab x drab") == "ab x drab")
        #expect(SecretMasker(["abc"]).mask("abcd") == "***d")
    }

    @Test func longestFirst() {
        #expect(SecretMasker(["secret", "secret-and-more"]).mask("secret-and-more, secret") == "***, ***")
    }

    @Test(arguments: ["::token:abc", "tok\u{7}en", "a##[b]c"])
    func whatCleaningMakesOfASecret(secret: String) {
        #expect(SecretMasker([secret]).mask(SanitizedText.clean(secret)) == "***")
    }

    @Test func aSecretAcrossTheEndOfACutLine() {
        var splitter = LineSplitter()
        var line = ""
        let text = String(repeating: "x", count: LineSplitter.limit - 5) + "hunter2!"
        Array(text.utf8).withUnsafeBytes { splitter.add($0) { line = $0 } }
        splitter.finish { line = $0 }
        #expect(line.hasSuffix("hunte" + LineSplitter.cutMark))
        #expect(SecretMasker(["hunter2!"]).mask(line).hasSuffix("xx***" + LineSplitter.cutMark))
    }

    @Test func controlCharactersHideNoSecretInAnEvent() {
        let masked = SecretMasker(["hunter2!"]).mask(.log(id: nil, .info, "hun\u{1B}[0mter2!\n::error::x"))
        guard case .log(_, _, let text) = masked else { return #expect(Bool(false)) }
        #expect(text == "***\n: :error::x")
    }

    @Test func everyTextInAValue() {
        let value: Value = ["a": ["hunter2!", 1, ["b": "x hunter2! y"]], "c": true]
        #expect(SecretMasker(["hunter2!"]).mask(value) == ["a": ["***", 1, ["b": "x *** y"]], "c": true])
    }

    private static let account = #"""
        {"type": "service_account", "password": "hunter22x", "port": 8443, "debug": true, "pin": 4711,
         "account": 123456789012, "region": "eu-1", "nested": [{"apiKey": "k3y", "url": "https://a.example/ü?x=\u0022"}],
         "inner": "{\"clientSecret\":\"of-the-inner-one\"}",
         "private_key": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nshort\n-----END KEY-----\n"}
        """#

    @Test(arguments: [
        ("whole: \(account)", "whole: ***"),
        ("password is hunter22x", "password is ***"),
        ("MIIEvQIBADANBgkqhkiG9w0BAQEF", "***"),
        (#"\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n"#, #"\n***\n"#),
        ("in short", "in ***"),
        ("{ } true \n eu-1 8443 debug", "{ } true \n eu-1 8443 debug"),
        ("4711 and k3y", "*** and ***"),
        ("123456789012", "***"),
        ("of-the-inner-one", "***"),
        (#"https://a.example/ü?x=""#, "***"),
        (#"https:\/\/a.example\/ü?x=\""#, "***"),
        (#"https://a.example/\u00fc?x=\""#, "***"),
        ("aHVudGVyMjJ4", "***"),
    ])
    func whatIsInsideJSON(_ text: String, _ expected: String) {
        #expect(SecretMasker([Self.account]).mask(text) == expected)
    }

    /// Readers of JSON do not agree which of two equal names counts, and some read more than JSON.
    @Test(arguments: [#"{"p": "first-one", "p": "other-one"}"#, #"{"p": "first-one", 'q': 1, "p": "other-one",}"#])
    func whatAnotherReaderWouldFind(_ secret: String) {
        #expect(SecretMasker([secret]).mask("first-one other-one") == "*** ***")
    }

    @Test(arguments: ["{ not JSON: hunter22x }", "hunter22x", "", "[", "\"hunter22x\""])
    func whatIsNoJSONHasNoLeaves(_ secret: String) {
        #expect(SecretMasker([secret]).mask("x hunter2 y not JSON") == "x hunter2 y not JSON")
    }

    @Test func theBracesOfIndentedJSONStay() {
        let secret = "{\n          \"a\": {\n            \"ident\": 1\n          }\n}\n"
        #expect(SecretMasker([secret]).mask("          }") == "          }")
        #expect(SecretMasker([secret]).mask("  \"ident\": 1,") == "  ***,")
    }

    @Test func aNumberThatIsASecret() {
        let masker = SecretMasker([#"{"pin": 4711}"#])
        #expect(masker.mask(["pin": 4711, "count": 47112] as Value) == ["pin": "***", "count": 47112])
    }

    @Test func aDefaultIsNoSecret() {
        var run = Pipeline(name: "p", path: "p.yml", steps: [])
        run.secrets = [SecretDeclaration(name: "hook", source: .environment("HOOK"), fallback: "nowhere")]
        #expect(SecretMasker(["hook": "nowhere"], of: run).mask("to nowhere") == "to nowhere")
        #expect(SecretMasker(["hook": "hunter2!"], of: run).mask("to hunter2!") == "to ***")
    }

    @Test func longTexts() {
        let text = String(repeating: "hunter2 hunter! ", count: 100_000)
        #expect(SecretMasker(["hunter2!"]).mask(text + "hunter2!") == text + "***")
    }
}
