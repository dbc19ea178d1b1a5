import PipelineKit
import PruneStep
import TestSupport
import Testing

@Suite struct PruneOptionsTests {
    @Test func keepsTenUnlessTold() throws {
        let options = try Prune.Options.test(["store": "/srv/site"])
        #expect(options.keep == 10 && options.minAge == .seconds(3_600))
    }

    @Test(
        arguments: [
            (["store": "/srv/site", "keep": 0], "`keep` must be at least 1, not 0"),
            (
                ["store": "/srv/site", "min-age": "2"],
                "expected a duration such as `90s`, `5m` or `1h30m`, found the bare number `2`"
            ),
        ] as [([String: Value], String)])
    func refusesWrongOptions(fields: [String: Value], message: String) {
        #expect(Prune.Options.problems(fields).map(\.message) == [message])
    }
}
