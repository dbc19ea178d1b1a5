import PipelineKit
import TestSupport
import Testing

/// A step of a kind that changes things for good, whose options say that this one only reads.
@Suite struct ReadingCommandTests {
    private let mark = SourceMark(line: 1, column: 1)

    private func command(_ id: String, readsByCommand: Bool = true, fails: Bool = false) -> PipelineStep {
        let kind = KindDescriptor(
            StepKind("command", "runs a command", namesOutputs: true), effect: .irreversible
        ) { _ in
            BoundOptions(
                readsByCommand: readsByCommand, namedOutputs: [OutputField(name: "version", type: .text, help: "")],
                open: {
                    BoundStep(run: { _, _ in
                        if fails { throw StepError("command-failed", "it failed") }
                        return CompletedStep(outputs: ["version": "v1"])
                    })
                })
        }
        return PipelineStep(id: id, kind: kind, options: Node(.mapping([]), at: mark))
    }

    private func user(_ id: String, of step: String) -> PipelineStep {
        var user = command(id, readsByCommand: false)
        user.environment = [
            ("V", Node(.deferred(expression: "${{ steps.\(step).outputs.version }}", type: .text), at: mark))
        ]
        return user
    }

    @Test func aFailedRunHasNothingOfItToUndo() async {
        let run = TestRun([command("a"), .scripted("b", run: ["fail"])])
        let result = await run().result
        #expect(result.exitCode == .failed && result.left.isEmpty)
        let itself = await TestRun([command("a", fails: true)])().result
        #expect(itself.exitCode == .failed && itself.left.isEmpty)
        let other = await TestRun([command("a", readsByCommand: false), .scripted("b", run: ["fail"])])().result
        #expect(other.exitCode == .unrestored && other.left.map(\.step) == ["a"])
    }

    @Test func aPlanRunsItOnlyIfThatIsAllowed() async throws {
        let run = TestRun([command("a"), user("b", of: "a")])
        let careful = try await run.plan()
        guard case .mayRun = careful.steps[0].verdict, case .unknown(after: ["a"]) = careful.steps[1].verdict else {
            return #expect(Bool(false), "\(careful)")
        }
        let plan = try await run.plan(startsCommands: true)
        guard case .ran(let outputs) = plan.steps[0].verdict, case .changes = plan.steps[1].verdict else {
            return #expect(Bool(false), "\(plan)")
        }
        #expect(outputs == ["version": "v1"])
    }

    @Test func aPlanNeverRunsACommandThatMayChangeThings() async throws {
        let plan = try await TestRun([command("a", readsByCommand: false)]).plan(startsCommands: true)
        guard case .changes = plan.steps[0].verdict else { return #expect(Bool(false), "\(plan)") }
    }
}
