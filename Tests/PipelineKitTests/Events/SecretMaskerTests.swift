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
        #expect(masker.mask("in short") == "in short")
        #expect(masker.mask("<\(secret)>") == "<***>")
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
        ("short", "short"),
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
