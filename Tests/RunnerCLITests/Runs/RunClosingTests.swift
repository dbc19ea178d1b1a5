@testable import PipelineKit
@testable import RunnerCLI
import StandardSteps
import SystemPackage
import Testing

/// What a run's journal says of visitors at its end, and the command that it names.
@Suite struct RunClosingTests {
    private static let registry = StepRegistry(StandardSteps.all)
    private let reader = DeployReader(registry: registry, environment: [:])

    private func closing(
        _ entries: [JournalEntry], steps: String = Self.deploy, isAtWork: Bool = false, isAlone: Bool = true
    ) throws -> [String] {
        let (read, problems) = PipelineReader(registry: Self.registry).read(
            bytes: Array("version: 1\nname: deploy\nsteps:\n\(steps)".utf8), path: "/p/deploy.yml")
        let pipeline = try #require(read, "\(problems)")
        let started = RunStarted(
            runID: "run-1", pipeline: pipeline.name, file: "/p/deploy.yml", digest: pipeline.digest, project: "/p",
            inputs: [:], secrets: [], runnerVersion: "0")
        let records = ([.started(started)] + entries).enumerated().map {
            JournalRecord(sequence: $0.offset + 1, time: "2026-01-01T00:00:00.000Z", entry: $0.element)
        }
        let entry = RunArchive.Entry(id: "run-1", path: "/p/.runner/runs/run-1", history: RunHistory(records))
        let closing = RunClosing(of: entry, pipeline, reader, .plain, isAtWork: isAtWork, isAlone: isAlone)
        return closing.visitors.lines() + (closing.next.map { [$0.text] } ?? [])
    }

    private static let deploy = """
          - { id: switch, uses: switch-origin, with: { store: /srv/site, version: v2 } }
          - { id: look, uses: smoke, with: { url: "https://www.example.com/" } }
        """
    private let prepared = JournalEntry.prepared(
        StepPrepared(step: "switch", effect: .reversible, before: Array(#"{"previous":"v1"}"#.utf8), attachment: nil))
    private let switched = JournalEntry.finished(
        StepFinished(step: "switch", outcome: .success, attempts: 1, milliseconds: 1))
    private let failed = JournalEntry.failed(
        RunFailed(cause: .failure, step: "look", error: ErrorRecord(code: "x", message: "no", help: nil)))
    private func ended(_ outcome: RunOutcome, _ exit: Int) -> JournalEntry {
        .ended(RunEnded(outcome: outcome, exitCode: exit))
    }

    @Test func success() throws {
        let looked = JournalEntry.finished(
            StepFinished(step: "look", outcome: .success, attempts: 1, milliseconds: 1))
        let entries = [prepared, switched, looked, ended(.success, 0)]
        let live = "v2 is live at https://www.example.com/ (before: v1)"
        #expect(try closing(entries) == [live, "to take it back: runner rollback"])
        #expect(try closing(entries, isAlone: false) == [live, "to take it back: runner rollback run-1"])
    }

    @Test func alreadyLive() throws {
        let already = JournalEntry.finished(
            StepFinished(step: "switch", outcome: .already, attempts: 1, milliseconds: 1))
        #expect(try closing([already, ended(.success, 0)]) == ["visitors have v2, as before"])
    }

    @Test func takenBackAfterAFailure() throws {
        let back = JournalEntry.rolledBack(StepRolledBack(step: "switch", milliseconds: 1))
        #expect(try closing([prepared, switched, failed, back, ended(.failure, 1)]) == ["visitors have v1, as before"])
    }

    @Test func failedBeforeItsSwitch() throws {
        #expect(try closing([failed, ended(.failure, 1)]) == ["visitors have what they had before"])
    }

    @Test func stuck() throws {
        let error = ErrorRecord(code: "x", message: "no", help: nil)
        let stuck = JournalEntry.rollbackFailed(StepRollbackFailed(step: "switch", error: error))
        #expect(
            try closing([prepared, switched, failed, stuck, ended(.failure, 3)]) == [
                "visitors may still have v2", "when the reason is gone: runner rollback run-1",
            ])
    }

    @Test func leftInPlaceByTheFile() throws {
        #expect(
            try closing([prepared, switched, failed, ended(.failure, 3)]) == [
                "v2 is live at /srv/site/current (before: v1)",
                "when the reason is gone: runner rollback run-1",
            ])
    }

    @Test func liveAndUnfinished() throws {
        let later = JournalEntry.unfinished(
            StepUnfinished(
                step: "look", error: ErrorRecord(code: "x", message: "no", help: nil), consequence: "c", attempts: 1,
                milliseconds: 1))
        #expect(
            try closing([prepared, switched, later, ended(.unfinished, 4)]) == [
                "v2 is live at /srv/site/current (before: v1)", "to do what is missing: runner resume run-1",
            ])
    }

    @Test func killed() throws {
        #expect(try closing([prepared]) == ["visitors may still have v2", "to finish it: runner recover"])
        #expect(try closing([prepared], isAtWork: true) == ["visitors may still have v2"])
    }

    @Test func nothingIsSwitched() throws {
        let mirror = "  - { id: copy, uses: mirror, with: { source: a, to: /srv/b } }"
        #expect(try closing([ended(.success, 0)], steps: mirror) == [])
    }
}
