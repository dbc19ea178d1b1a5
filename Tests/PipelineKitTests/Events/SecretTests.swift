import PipelineKit
import TestSupport
import Testing

/// Where a run's secrets appear, and what happens if they are not available.
@Suite struct SecretTests {
    private let mark = SourceMark(line: 1, column: 1)

    /// A step that says the secret in its outputs or, if it fails, in its error.
    private func telling(_ id: String, run: [String] = [], expression: String = "secrets.hook") -> PipelineStep {
        var step = PipelineStep.scripted(id, effect: .observing, run: run) { $0.condition = .always }
        step.options = replaced(step.options, "text", "${{ \(expression) }}")
        return step
    }

    private func replaced(_ options: Node, _ key: String, _ expression: String) -> Node {
        let value = Node(.deferred(expression: expression, type: .text), at: mark)
        let fields = (options.fields ?? []).filter { $0.key != key }
        return Node(.mapping(fields + [Node.Field(key: key, keyMark: mark, value: value)]), at: mark)
    }

    private func run(_ steps: [PipelineStep], finally: [PipelineStep] = [], secrets: [String: String]) -> TestRun {
        var run = TestRun(steps, finally: finally)
        run.pipeline.secrets = [SecretDeclaration(name: "hook", source: .environment("HOOK"))]
        run.secrets = secrets
        return run
    }

    @Test func maskedInErrorsAndResults() async {
        let trace = await run(
            [telling("a"), telling("b", run: ["fail"])], finally: [telling("d", run: ["fail"])],
            secrets: ["hook": "hunter2!"])()
        #expect(trace.lines.contains("< b failure 1: ***"))
        #expect(trace.result.failure?.error?.message == "***")
        #expect(trace.result.steps.first?.outputs == ["value": "***"])
        #expect(trace.result.steps.compactMap(\.error) == ["***", "***"])
        #expect(trace.result.finallyErrors.compactMap(\.error) == ["***"])
        #expect(trace.reports.allSatisfy { !$0.contains("hunter2!") })
        #expect(!trace.lines.contains { $0.contains("hunter2!") })
    }

    /// As they would in a process that continues from the journal, which holds no secret.
    @Test func laterStepsGetTheMaskedValue() async {
        let later = telling("b", run: ["fail"], expression: "steps.a.outputs.value == '***'")
        let trace = await run([telling("a"), later], secrets: ["hook": "hunter2!"])()
        #expect(trace.result.failure?.error?.message == "true")
    }

    @Test(arguments: ["secrets.hook", "vars.url"]) func finallyWithoutItsSecretIsSkippedAndNamed(_ path: String) async {
        var run = run(
            [.scripted("a", effect: .local)],
            finally: [telling("d", expression: path), telling("e", expression: "'x'")],
            secrets: [:])
        let url = Node(.deferred(expression: "https://x/${{ secrets.hook }}", type: .text), at: mark)
        run.pipeline.variables = [PipelineVariable(name: "url", value: url)]
        let trace = await run()
        #expect(trace.lines.contains("- d: its secret `hook` is not available"))
        #expect(trace.lines.contains("e.run(nothing)"))
        #expect(trace.result.exitCode == .success)
    }

    @Test func rollbackWithoutItsSecretIsLeft() async throws {
        var step = PipelineStep.scripted("a", run: ["fail"])
        step.options = replaced(step.options, "text", "${{ secrets.hook }}")
        var run = run([step], secrets: ["hook": "hunter2!"])
        let killed = await run().moments
        let failed = try #require(killed.firstIndex { $0.record.entry.text == "failed failure at a" })
        run.secrets = [:]
        let trace = await run(history: killed[...failed].map(\.record))
        #expect(trace.result.exitCode == .unrestored)
        #expect(trace.lines.contains("= rollback-failed a"))
        #expect(trace.result.left.first?.reason.contains("the secret `hook` is not available") == true)
    }
}
