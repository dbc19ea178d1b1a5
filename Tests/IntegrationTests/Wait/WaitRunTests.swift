import FoundationEssentials
import HTTP
import PipelineKit
import SystemPackage
import TestSupport
import Testing
import WaitStep

/// The step with the real transport against nginx.
@Suite struct WaitRunTests {
    @Test func goesOnWhenThePageIsThere() async throws {
        let folder = try TemporaryFolder()
        try folder.write("release v1", to: "www/index.html")
        let clock = DeployingClock(folder: folder)
        let output = try await NginxServer.run(
            in: folder.path, root: folder["www"], server: "gzip on; gzip_types *; gzip_min_length 1;"
        ) { server in
            let transport = Transport(eventLoops: 1)
            var context = StepContext.test(folder: folder["run"], project: folder.path, clock: clock)
            context[HTTPKey.self] = transport
            let step = try Wait(.test(["url": .text(server.url()), "contains": "release v2"]))
            let result = await Result { try await step.run(in: context) }
            await transport.shutdown()
            return try result.get()
        }
        #expect(output.waited == 5_000 && clock.inner.sleeps == [.seconds(2), .seconds(3)])
    }
}

/// Puts the new release in place while somebody sleeps for the second time.
private struct DeployingClock: RunClock {
    let folder: TemporaryFolder
    let inner = TestClock()

    var now: ContinuousClock.Instant { inner.now }
    var date: Date { inner.date }

    func sleep(for duration: Duration) async throws {
        try await inner.sleep(for: duration)
        if inner.sleeps.count == 2 { try folder.write("this is release v2", to: "www/index.html") }
    }

    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        inner.limit(duration, expired)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
