import PipelineKit
import Releases
import TestSupport
import Testing

/// The last switch is the newest, whatever the ids of the runs say: they begin with the moment at which a run began, by the
/// clock of its machine.
@Suite struct DeploymentOrderTests {
    private let store = BucketStore(MemoryObjectStorage(), prefix: "site", clock: TestClock())

    /// - Returns: the runs of the deployments that were not taken back, the newest first.
    private func runs(after switches: String...) async throws -> [String] {
        for (number, run) in switches.enumerated() {
            try await store.record(
                Deployment(
                    version: ReleaseVersion("v\(number)"), previous: nil, pointer: .current, runID: run,
                    pipeline: "deploy", commit: nil, at: "2026-01-01T00:00:00Z",
                    runStartedAt: "2026-01-01T00:00:00Z", origin: RunOrigin(environment: [:])))
        }
        return try await store.deployments().map(\.runID)
    }

    @Test func runsThatDidNotWaitAreInTheOrderOfTheirIDs() async throws {
        #expect(try await runs(after: "10-a", "11-b", "12-c") == ["12-c", "11-b", "10-a"])
        #expect(try await store.records(in: .deployments).count == 3)
    }

    @Test func aRunThatHasWaitedIsTheNewest() async throws {
        #expect(try await runs(after: "10-a", "12-c", "11-b") == ["11-b", "12-c", "10-a"])
        #expect(try await store.lastGood(of: .current)?.runID == "11-b")
    }

    @Test func laterRunsComeAfterOneThatHasWaited() async throws {
        #expect(
            try await runs(after: "10-a", "14-e", "11-b", "13-d", "12-c", "15-f")
                == ["15-f", "12-c", "13-d", "11-b", "14-e", "10-a"])
    }

    @Test func aSecondAttemptOfARunKeepsItsPlace() async throws {
        #expect(try await runs(after: "12-c", "11-b") == ["11-b", "12-c"])
        let again = try Deployment(
            version: ReleaseVersion("v0"), previous: nil, pointer: .current, runID: "12-c", pipeline: "deploy",
            commit: nil, at: "2026-01-01T00:00:05Z", runStartedAt: "2026-01-01T00:00:00Z",
            origin: RunOrigin(environment: [:]))
        #expect(try await store.record(again) == false)
        #expect(try await store.lastGood(of: .current)?.runID == "11-b")
    }

    @Test func whatIsTakenBackDoesNotCount() async throws {
        _ = try await runs(after: "12-c", "11-b")
        let undone = UndoneDeployment(at: "2026-01-01T00:00:09Z", restored: nil)
        try await store.recordUndone(undone, run: "11-b", .current)
        #expect(try await store.lastGood(of: .current)?.runID == "12-c")
        #expect(try await runs(after: "10-a") == ["10-a", "12-c"])
    }
}
