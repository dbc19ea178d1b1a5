import PipelineKit
import TestSupport
import Testing

/// A real process, killed or made to fail at its failpoints.
@Suite struct FailpointTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy("  - { id: note, uses: exec, rollback: false, with: { run: 'true' } }")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    @Test(arguments: [
        "record:4", "record-written:5", "record-synced:6", "record-synced:8", "effect:1", "effect:2", "effect:3",
        "file:20", "file:45",
    ])
    func killedThere(_ point: String) async throws {
        let process = try project.start(
            "run", "deploy.yml", "-i", "release=v2", "-q", environment: ["RUNNER_FAILPOINT": "\(point)=kill"])
        #expect(try await process.end().status == .signalled(9), "\(point) was not met")
        #expect(["v1", "v2"].contains(try project.live()))
        #expect(try await project.runner("recover", "-q").code == 0)
        #expect(try project.live() == "v2")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v3", "-q").code == 0)
        #expect(try project.live() == "v3")
    }

    /// A disk that is full once, or from then on.
    @Test(arguments: ["record:6=fail", "record-synced:6=fail", "record:6=fail+", "file:40=fail", "file:40=fail+"])
    func failedThere(_ point: String) async throws {
        let said = try await project.runner(
            "run", "deploy.yml", "-i", "release=v2", environment: ["RUNNER_FAILPOINT": point])
        #expect([1, 3].contains(said.code) && said.error.contains("error: "), "\(point): \(said.error)")
        #expect(said.error.contains("no space is left on the disk"), "\(point): \(said.error)")
        #expect(["v1", "v2"].contains(try project.live()))
        let next = try await project.runner("run", "deploy.yml", "-i", "release=v3", "-q")
        #expect(next.code == 0, "\(point): \(next.error)")
        #expect(try project.live() == "v3")
    }
}
