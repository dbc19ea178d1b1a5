import PipelineKit
import TestSupport
import Testing

/// What happens in a run, in which order: any step failing at any place, forward and in reverse.
@Suite struct SequenceTests {
    @Test(arguments: try SequenceRow.forward()) func forward(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: try SequenceRow.preflight()) func preflight(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: SequenceRow.limits()) func timeoutOrCancel(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: SequenceRow.atOnce()) func restoredAtOnce(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: SequenceRow.back()) func back(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: try SequenceRow.finally()) func finally(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: SequenceRow.journal()) func diskThatFails(_ row: SequenceRow) async {
        await expect(row)
    }

    @Test(arguments: try SequenceRow.unfinished()) func stepForLater(_ row: SequenceRow) async {
        await expect(row)
    }

    private func expect(_ row: SequenceRow) async {
        let trace = await row.run()
        let world = trace.world.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        #expect(trace.lines + [world.isEmpty ? "an empty world" : world] == row.lines)
    }
}
