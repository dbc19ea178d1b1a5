import PipelineKit
import Releases
import Testing

@Suite struct ReleaseVersionTests {
    @Test(arguments: [
        "v1.2.3", "1", "A_b-c.9", "2026-01-01", String(repeating: "x", count: 128), "1.10",
        "v1+".dropLast().description,
    ])
    func takes(name: String) throws {
        #expect(try ReleaseVersion(name).name == name)
    }

    @Test(arguments: [
        ("", "is empty"), (".", "starts with `.`"), ("..", "starts with `.`"), ("-rf", "starts with `-`"),
        ("_x", "starts with `_`"), ("a/b", "contains `/`"), ("../x", "contains `/`"), ("v$(id)", "contains `$`"),
        ("%2e%2e", "contains `%`"), ("${{x}}", "contains `$`"), ("a b", "contains a space"),
        ("a\n", "contains the character U+A"), ("é", "contains the character U+E9"),
        ("e\u{301}", "contains the character U+301"), ("🎉", "contains the character U+1F389"),
        ("v1\u{0}", "contains the character U+0"), ("v1..2", "contains `..`"), ("v1.", "ends with `.`"),
        (String(repeating: "x", count: 129), "longer than 128"), ("v1+build", "contains `+`"),
        ("v`id`", "contains a back quote"),
    ])
    func refuses(name: String, reason: String) {
        let error = #expect(throws: StepError.self) { try ReleaseVersion(name) }
        #expect(error?.code == "bad-version" && error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test func readsItselfFromAFile() {
        func read(_ text: String) -> (ReleaseVersion?, [Problem]) {
            let problems = ProblemList()
            let node = Node(.scalar(text, plain: true), at: SourceMark(line: 3, column: 7))
            return (ReleaseVersion.read(node, problems), problems.errors)
        }
        #expect(read("1.10").0?.name == "1.10")
        let (version, problems) = read("a/b")
        #expect(version == nil && problems.first?.mark == SourceMark(line: 3, column: 7))
        #expect(problems.first?.help?.contains("v1.2.3") == true)
    }
}
