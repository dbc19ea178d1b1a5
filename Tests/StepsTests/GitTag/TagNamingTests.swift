import Testing

@testable import GitTagStep

@Suite struct TagNamingTests {
    /// In git's order; the first of the sorted ones names the release.
    @Test(arguments: [
        (["latest", "1.4.0"], "1.4.0"),
        (["v1.4.0", "stable", "production"], "v1.4.0"),
        (["v1.9.0", "v1.10.0"], "v1.10.0"),
        (["v1.9.0", "1.10.0"], "1.10.0"),
        (["v1.0.0-rc1", "v1.0.0"], "v1.0.0"),
        (["v1.0.0-rc.2", "v1.0.0-rc.10"], "v1.0.0-rc.10"),
        (["v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-1"], "v1.0.0-alpha.1"),
        // `v1` and `v1.2` move; what they move to has three numbers.
        (["v1", "v1.2", "v1.2.3"], "v1.2.3"),
        (["2026-01-31", "nightly"], "2026-01-31"),
        (["20260131", "v1.4.0"], "v1.4.0"),
        (["production", "v2"], "v2"),
        (["live", "release-1.4"], "release-1.4"),
        (["release-1.10", "release-1.9", "v1"], "v1"),
        (["release-1.10", "release-1.9"], "release-1.10"),
        (["stable", "latest"], "stable"),
        (["V1.0.0", "abc"], "V1.0.0"),
        (["1.0.0+b", "1.0.0+a"], "1.0.0_b"),
        (["v1.0.0", "1.0.0"], "v1.0.0"),
        (["very-new", "1.4"], "1.4"),
    ])
    func theVersionAmongSeveralTagsWins(tags: [String], name: String) {
        #expect(TagNaming().sorted(tags).named.first?.name == name)
    }

    @Test func tagsThatCountTheSameKeepTheirOrder() {
        let words = (0..<40).map { "word\($0)" }
        #expect(TagNaming().sorted(words).named.map(\.tag) == words)
    }

    @Test func onlyTagsWithThePrefixCount() {
        let (named, refused) = TagNaming(prefix: "site/").sorted(["site/v1", "v2", "api/v3", "site/beta/v4", "site/.x"])
        #expect(named.map(\.name) == ["v1"])
        #expect(
            refused == [
                .init(tag: "site/beta/v4", reason: "contains `/`"), .init(tag: "site/.x", reason: "starts with `.`"),
            ])
    }

    /// What Semantic Versioning allows gives a name, and no two of them the same one.
    @Test func versionsHaveNamesOfTheirOwn() {
        let parts = ["", "-a", "-a.b", "-a-b", "-1", "+a", "+a.b", "+a-b", "+1", "-a+a", "-a+1", "-a-a+1"]
        let versions = parts.flatMap { ["1.0.0" + $0, "v1.0.0" + $0] }
        let names = versions.compactMap { TagNaming().named($0)?.name }
        #expect(names.count == versions.count && Set(names).count == versions.count)
        #expect(TagNaming().named("v1.0.0-a+b.5")?.name == "v1.0.0-a_b.5")
    }

    @Test func theRoomIsWhatTheRunsIDLeaves() {
        let naming = TagNaming(room: 5)
        #expect(naming.named("v1.00")?.name == "v1.00")
        #expect(
            naming.sorted(["v1.000"]).refused.map(\.reason) == [
                "is longer than 5 bytes, and the run's id takes the other 123"
            ])
    }

    @Test(arguments: [
        (["GITHUB_REF": "refs/tags/site/v1"], "GITHUB_REF site/v1"), (["GITHUB_REF": "refs/heads/main"], nil),
        (["CI_COMMIT_TAG": "v1"], "CI_COMMIT_TAG v1"), (["CI_COMMIT_TAG": ""], nil),
        (["BUILD_SOURCEBRANCH": "refs/tags/v1"], "BUILD_SOURCEBRANCH v1"), ([:], nil),
    ])
    func theTagOfAJobIsKnown(environment: [String: String], named: String?) {
        #expect(JobTag.named(in: environment).map { "\($0.variable) \($0.tag)" } == [named].compactMap { $0 })
    }
}
