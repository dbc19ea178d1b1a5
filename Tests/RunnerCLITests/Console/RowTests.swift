@testable import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// Rows at several widths.
@Suite struct RowTests {
    private static let finished = RunEvent.stepFinished(
        StepReport(
            id: "upload-everything", kind: "scripted", outcome: .success, duration: .milliseconds(1_535),
            outputs: ["bytes": 15_306, "name": "日本語の名前", "path": "/srv/www/site/current", "uploaded": 702]))
    private static let failed = RunEvent.stepFinished(
        StepReport(
            id: "check", kind: "scripted", outcome: .failure, duration: .seconds(2),
            error: String(repeating: "0123456789", count: 12)))
    private static let skipped = RunEvent.stepSkipped(
        id: "check", reason: "its condition is false, and so it is left out")

    private func lines(_ event: RunEvent, _ width: Int, _ change: (inout PipelineStep) -> Void = { _ in }) -> [String] {
        let pipeline = Pipeline(
            name: "deploy", path: "/p/deploy.yml",
            steps: [.scripted("upload-everything"), .scripted("check", change)])
        return EventLines(style: TextStyle(isColoured: false), verbosity: .normal, pipeline: pipeline)
            .lines(for: event, width: width)
    }

    @Test(arguments: [
        (40, "  ok       upload-everything   1.535s"),
        (80, "  ok       upload-everything  scripted   1.535s  bytes=15306 name=日本語の名前 …"),
        (
            200,
            "  ok       upload-everything  scripted   1.535s  "
                + "bytes=15306 name=日本語の名前 path=/srv/www/site/current uploaded=702"
        ),
    ])
    func aFinishedStep(width: Int, line: String) {
        #expect(lines(Self.finished, width) == [line])
        #expect(line.columns <= width)
    }

    @Test(arguments: [
        (40, "  FAILED   check                   2s"),
        (80, "  FAILED   check              scripted       2s  012345678901234567890123456789…"),
        (
            200,
            "  FAILED   check              scripted       2s  "
                + "0123456789012345678901234567890123456789012345678901234567890123456789012345678…"
        ),
    ])
    func anErrorIsCutBecauseItFollowsAsAWhole(width: Int, line: String) {
        #expect(lines(Self.failed, width) == [line])
    }

    @Test func anErrorThatIsToldNowhereElseIsWhole() {
        let line = lines(Self.failed, 80) { $0.continueOnError = true }.first ?? ""
        #expect(line.hasSuffix("  " + String(repeating: "0123456789", count: 12)))
    }

    @Test(arguments: [
        (40, "  skipped  check              its condi…"),
        (80, "  skipped  check              its condition is false, and so it is left out"),
    ])
    func aSkippedStep(width: Int, line: String) {
        #expect(lines(Self.skipped, width) == [line])
    }

    @Test(arguments: [26, 31, 40, 41, 60, 79, 120, 200])
    func noRowIsWiderThanTheWindow(width: Int) {
        for event in [Self.finished, Self.failed, Self.skipped] {
            for line in lines(event, width) { #expect(line.columns <= width, "\(line)") }
        }
    }
}
