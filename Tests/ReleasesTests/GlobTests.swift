import PipelineKit
import Releases
import Testing

@Suite struct GlobTests {
    @Test(arguments: [
        ("*.html", "index.html", true), ("*.html", "a/index.html", false), ("**/*.html", "index.html", true),
        ("**/*.html", "a/b/index.html", true), ("**/*.html", "index.htm", false), ("**", "a/b/c", true),
        ("assets/**", "assets/a/b.js", true), ("assets/**", "assets", false), ("assets/**", "xassets/a", false),
        ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "ab", false), ("a/**/b", "a/xb", false),
        ("a**.js", "a/b/c.js", true), ("?.css", "a.css", true), ("?.css", "ab.css", false), ("a?b", "a/b", false),
        ("[abc].txt", "b.txt", true), ("[a-c].txt", "d.txt", false), ("[!a-c].txt", "d.txt", true),
        ("[^a-c].txt", "a.txt", false), ("a[!x]b", "a/b", false), ("[]].txt", "].txt", true), ("[a-]x", "-x", true),
        ("*.{css,js}", "a.js", true), ("*.{css,js}", "a.jsx", false), ("{a,b/{c,d}}/x", "b/d/x", true),
        ("{a,b/{c,d}}/x", "b/a/x", false), ("a{,.min}.js", "a.js", true), ("a{,.min}.js", "a.min.js", true),
        ("{**/x,y}", "x", true), ("{**/x,y}", "p/x", true),
        ("a,b", "a,b", true), ("a}", "a}", true), ("\\*", "*", true), ("\\*", "a", false), ("[\\]]", "]", true),
        ("日*語", "日本語", true), ("?", "é", true), ("?", "e\u{301}", false), ("é", "e\u{301}", false),
        (".well-known/*", ".well-known/security.txt", true), ("*", ".hidden", true), ("*", "", true), ("a", "", false),
        ("**/", "a/", true), ("*/*", "a/b", true), ("a+b %20.txt", "a+b %20.txt", true), ("🎉/*", "🎉/x", true),
    ])
    func matches(pattern: String, key: String, expected: Bool) throws {
        #expect(try Glob(pattern).matches(key) == expected)
    }

    @Test(arguments: [
        ("", "is empty"), ("/a", "starts with `/`"), ("[a", "`[` without"), ("{a,b", "`{` without"),
        ("a\\", "backslash"),
        ("[b-a]", "runs backwards"), ("[a\\", "backslash"), ("[]", "`[` without"),
        (String(repeating: "{", count: 9) + String(repeating: "}", count: 9), "nests"),
        (String(repeating: "a", count: 1_025), "longer than"),
    ])
    func refuses(pattern: String, reason: String) {
        let error = #expect(throws: StepError.self) { try Glob(pattern) }
        #expect(error?.code == "bad-pattern")
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    /// Each would run for longer than the age of the universe in a backtracking matcher.
    @Test(arguments: [
        String(repeating: "*a", count: 400) + "b", String(repeating: "**/", count: 300) + "b",
        String(repeating: "{a,aa}", count: 150) + "b", String(repeating: "{*,**}", count: 150) + "b",
    ])
    func endsSoon(pattern: String) throws {
        let key = String(repeating: "a", count: 1_000)
        #expect(try !Glob(pattern).matches(key + "c"))
        #expect(try !Glob(pattern + "?").matches(key + "/"))
    }
}
