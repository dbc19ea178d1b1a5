@testable import RunnerCLI
import Testing

/// Which signals of a run count.
@Suite struct SignalCountTests {
    private static let cases: [([Int], [SignalCount.Verdict])] = [
        ([0], [.first]),
        ([0, 0], [.first, .echo]),
        ([0, 50, 400, 999], [.first, .echo, .echo, .echo]),
        ([0, 1_000], [.first, .second]),
        // A wrapper's echoes do not put the end off.
        ([0, 600, 1_200], [.first, .echo, .second]),
        ([0, 50, 5_000], [.first, .echo, .second]),
    ]

    @Test(arguments: cases) func signalsWithinASecondAreOne(milliseconds: [Int], verdicts: [SignalCount.Verdict]) {
        let start = ContinuousClock.now
        var count = SignalCount()
        let found = milliseconds.map { count.add(at: start + .milliseconds($0)) }
        #expect(found == verdicts)
    }
}
