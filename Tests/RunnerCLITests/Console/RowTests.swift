@testable import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// Rows at several widths.
@Suite struct RowTests {
    private static let finished = RunEvent.stepFinished(
        StepReport(
            id: "upload-everything", kind: "scripted", outcome: .success, attempts: 2, duration: .milliseconds(1_535),
            summary: "107 sent (8.1 MiB), 210 copied, 日本語の名前 and 3 of v1.3.0 are gone"))
    private static let tolerated = RunEvent.stepFinished(
        StepReport(
            id: "check", kind: "scripted", outcome: .failure, duration: .seconds(2),
            error: String(repeating: "0123456789", count: 12)))
    private static let skipped = RunEvent.stepSkipped(
        id: "check", reason: "its condition is false, and so it is left out")

    private func lines(_ event: RunEvent, _ width: Int?) -> [String] {
        let pipeline = Pipeline(
            name: "deploy", path: "/p/deploy.yml",
            steps: [.scripted("upload-everything"), .scripted("check") { $0.continueOnError = true }])
        return EventLines(style: TextStyle(isColoured: false), verbosity: .normal, pipeline: pipeline)
            .lines(for: event, width: width)
    }

    @Test func aSentenceBreaksAtWordsAndHangs() {
        #expect(
            lines(Self.finished, 80) == [
                "  ok       upload-everything  107 sent (8.1 MiB), 210 copied,    2 tries  1.535s",
                "                              日本語の名前 and 3 of v1.3.0 are",
                "                              gone",
            ])
    }

    /// Beside the id there is no room for a sentence.
    @Test func aNarrowWindow() {
        #expect(
            lines(Self.finished, 60) == [
                "  ok       upload-everything                 2 tries  1.535s",
                "           107 sent (8.1 MiB), 210 copied, 日本語の名前 and",
                "           3 of v1.3.0 are gone",
            ])
    }

    @Test func nothingIsCutOffATerminal() {
        #expect(
            lines(Self.finished, nil) == [
                "  ok       upload-everything  107 sent (8.1 MiB), 210 copied, 日本語の名前 and 3 of v1.3.0 are gone  2 tries  1.535s"
            ])
        #expect(lines(Self.tolerated, nil).first?.hasSuffix("0123456789  2s") == true)
    }

    @Test(arguments: [31, 40, 41, 60, 79, 120, 200])
    func noRowIsWiderThanTheWindowAndNoneLosesText(width: Int) {
        for event in [Self.finished, Self.tolerated, Self.skipped] {
            let told = lines(event, width)
            for line in told { #expect(line.columns <= width, "\(line)") }
            let letters = { (lines: [String]) in lines.joined().filter { $0 != " " } }
            // The time stands between the first line and the rest.
            #expect(letters(told).sorted() == letters(lines(event, nil)).sorted())
        }
    }
}
