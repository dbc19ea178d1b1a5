import LogStep
import Logging
import PipelineKit
import Releases
import Testing
import TestSupport

@Suite struct LogTests {
    /// Its folder does not exist: any input or output would fail.
    @Test func onTheConsoleItIsOneLine() async throws {
        let lines = LoggedLines()
        let clock = TestClock()
        var context = StepContext.test(clock: clock, logger: Logger(label: "test") { _ in lines })
        clock.advance(by: .seconds(90))
        context.run.outcome = .failure
        context.run.steps = [
            StepReport(id: "tag", kind: "git-tag", outcome: .success),
            StepReport(id: "check", kind: "smoke", outcome: .failure, error: "503"),
        ]
        var options = Log.Options()
        options.version = try ReleaseVersion("v1")
        options.message = "for\nann"
        options.fields = ["ticket": "7"]
        let step = Log(options)
        let output = try await step.run(in: context)
        #expect(lines.texts == [])
        #expect(step.summary(of: output) == "test v1: failure at check - for ann")
        for part in [
            #""outcome":"failure""#, #""version":"v1""#, #""duration-ms":90000"#, #""failed-step":"check""#,
            #""error":"503""#, #""message":"for\nann""#, #""fields":{"ticket":"7"}"#, #""run":"run-1""#,
        ] {
            #expect(output.record.contains(part), "\(output.record)")
        }
    }

    @Test func doesWithoutAVersion() async throws {
        var options = Log.Options()
        options.version = nil
        let output = try await Log(options).run(in: .test())
        #expect(output.record.contains(#""version":null"#))
    }
}
