import HTTP
import PipelineKit
import SmokeStep
import TestSupport
import Testing

/// Runs a `smoke` step against a scripted site.
func smoke(
    _ fields: [String: Value], _ client: ScriptedClient, clock: TestClock = TestClock(), progress: Progress = .silent
) async throws -> Smoke.Output {
    var context = StepContext.test(clock: clock, progress: progress)
    context[HTTPKey.self] = client
    return try await Smoke(.test(fields)).run(in: context)
}

/// What the step objects to; nil if every check passes.
func smokeFailure(
    _ fields: [String: Value], _ script: [String: [ScriptedClient.Reply]], clock: TestClock = TestClock()
) async throws -> SmokeFailure? {
    do {
        _ = try await smoke(fields, ScriptedClient(script), clock: clock)
        return nil
    } catch let failure as SmokeFailure {
        return failure
    }
}

let page = "http://site.test/"
