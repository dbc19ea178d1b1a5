import StandardSteps
import Testing

@testable import AWS
@testable import PipelineKit
@testable import Releases

/// Figures that documents give, held against the constants that the program goes by.
@Suite struct DocumentFigureTests {
    private static func grouped(_ number: Int) -> String {
        number < 1_000 ? "\(number)" : "\(number / 1_000),\(String(number % 1_000 + 1_000).dropFirst())"
    }

    private static var figures: [(page: String, sentence: String)] {
        let far = ConcurrencyWindow.far / .milliseconds(1)
        let (near, most) = (BucketTransfer.nearConcurrency, BucketTransfer.maximumConcurrency)
        return [
            (
                "docs/bucket-store.md",
                "\(ConcurrencyWindow(maximum: most).limit) at first, up to \(near) if answers come quickly, up to \(most) if "
                    + "even the quickest takes \(Int(far)) ms or more"
            ),
            ("docs/bucket-store.md", "`concurrency`, up to \(2 * most), is the upper limit"),
            (
                "docs/performance.md",
                "\(near) where answers come quickly; up to \(most) where even the quickest takes \(Int(far)) ms or more."
            ),
            ("docs/steps.md", "at most \(2 * most), in a folder \(FolderStore.mostThreads); by default 4 in a folder"),
            ("docs/json.md", "`changes` has the first \(grouped(ChangeList.limit)),"),
            (
                "docs/pipeline-file.md",
                "\(SourceText.largest >> 20) MiB of file, \(YAMLReader.deepest) levels; \(grouped(YAMLReader.mostNodes)) nodes"
            ),
            ("docs/pipeline-file.md", "\(Template.longest >> 20) MiB for a text that expressions make"),
            ("docs/pipeline-file.md", "`attempts`: tries in total, default \(RetryPolicy().attempts)"),
            (
                "docs/aws.md",
                "an edge took longer than \(Int(CloudFrontPoller.standardDeadline / .seconds(60))) minutes"
            ),
        ]
    }

    @Test func everyFigureIsThatOfTheProgram() throws {
        for (page, sentence) in Self.figures {
            let text = try DocumentTests.text(page).split(separator: /\s+/).joined(separator: " ")
            #expect(text.contains(sentence), "\(page) does not say \(sentence.debugDescription)")
        }
    }
}
