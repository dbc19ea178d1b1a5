import PipelineKit
import TestSupport
import Testing

/// A kind learns that the run has gone forward to its end.
@Suite struct ConcludingTests {
    private let said = Recorder()

    /// - Parameter failures: how many times noting the end fails.
    private func step(_ id: String, outcome: BoundStep.Prepared? = nil, failures: Int = 0) -> PipelineStep {
        let kind = KindDescriptor(StepKind("note", "notes its end", example: "- uses: note"), effect: .reversible) {
            [said] _ in
            BoundOptions(open: {
                BoundStep(
                    prepare: { _ in outcome ?? .change(before: try StateBefore(["it": id]), []) },
                    run: { _, _ in CompletedStep() },
                    conclude: { before, context in
                        let open = context.run.steps.filter { $0.outcome == .unfinished }.map(\.id)
                        said.note("\(try before.decoded(as: [String: String].self)) \(open)")
                        if said.lines.count <= failures { throw StepError("no-answer", "no answer", retry: .network) }
                    })
            })
        }
        return PipelineStep(id: id, kind: kind, options: Node([:], at: SourceMark(line: 1, column: 1)))
    }

    @Test func atTheEndOfARunThatWentForward() async {
        let trace = await TestRun([step("a"), .scripted("b")], finally: [.scripted("c", run: ["fail"])])()
        #expect(said.lines == [#"["it": "a"] ["c"]"#])
        #expect(
            trace.result.exitCode == .unfinished && trace.lines.last { $0.hasPrefix("= ") } == "= ended unfinished 4")
    }

    @Test func notIfThereWasNothingToDo() async {
        _ = await TestRun([step("a", outcome: .already(CompletedStep()))])()
        #expect(said.lines == [])
    }

    @Test func notAfterAFailure() async {
        _ = await TestRun([step("a"), .scripted("b", run: ["fail"])])()
        #expect(said.lines == [])
    }

    @Test func withWhatIsOpenAndAgainWhenItIsDone() async {
        let late = PipelineStep.later("b", run: ["fail throttle"])
        let records = await TestRun([step("a"), late])().moments.map(\.record)
        #expect(said.lines == [#"["it": "a"] ["b"]"#])
        _ = await TestRun([step("a"), .scripted("b", effect: .lasting)])(history: records)
        #expect(said.lines.last == #"["it": "a"] []"#)
    }

    @Test(arguments: [(2, 3, false), (9, 3, true)])
    func aFailureIsTriedAgainAndThenTold(failures: Int, tries: Int, isTold: Bool) async {
        let trace = await TestRun([step("a", failures: failures)])()
        #expect(said.lines.count == tries && trace.result.outcome == .success)
        #expect(trace.lines.contains { $0.contains("could not note that the run has come to its end") } == isTold)
    }
}
