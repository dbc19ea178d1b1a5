import PipelineKit
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

    /// Whoever copies a command from a narrow window must get no line break with it.
    @Test func aCommandIsNeverBroken() {
        #expect(
            "type `runner show 1` or `runner runs`, and look".wrappedWithWholeCommands(to: 12, below: 14) == [
                "type", "`runner show 1`", "or", "`runner runs`,", "and look",
            ])
    }

    @Test func errorsBreakBetweenWords() {
        let error = ErrorRecord(
            code: "x", message: "the store is not\nwhat it was before, line by line",
            help: "type `runner show 20260101`, and look")
        #expect(
            ErrorLines(style: TextStyle(isColoured: false), width: 20).lines(error) == [
                "error: the store is", "    not", "    what it was before, line by line", "  help: type",
                "    `runner show 20260101`,",
                "    and look",
            ])
        #expect(ErrorLines(style: TextStyle(isColoured: false), width: nil).lines(error).count == 3)
    }

    @Test func aWordIsNeverBroken() {
        #expect("s3://a-bucket/and-a-prefix is long".wrapped(to: 10) == ["s3://a-bucket/and-a-prefix", "is long"])
        #expect("".wrapped(to: 10) == [])
    }
}
