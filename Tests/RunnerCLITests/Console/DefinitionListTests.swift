@testable import RunnerCLI
import Testing

@Suite struct DefinitionListTests {
    private let list = DefinitionList(entries: [
        ("keep", ["how many releases stay", "(a whole number)"]),
        ("a-name-that-is-longer-than-20", ["日本語 日本語 日本語 日本語"]),
    ])

    @Test func textStandsBesideItsTermAndIsBrokenBetweenWords() {
        #expect(
            list.lines(width: 40) == [
                "keep                  how many releases", "                      stay",
                "                      (a whole number)", "a-name-that-is-longer-than-20",
                "                      日本語 日本語", "                      日本語 日本語",
            ])
    }

    @Test func aWideWindowNeedsOneLineAParagraph() {
        #expect(
            DefinitionList(entries: [("keep", ["how many releases stay"])]).lines(width: 200) == [
                "keep  how many releases stay"
            ])
    }

    @Test func aWordIsNeverBroken() {
        #expect("s3://a-bucket/and-a-prefix is long".wrapped(to: 10) == ["s3://a-bucket/and-a-prefix", "is long"])
        #expect("".wrapped(to: 10) == [])
    }
}
