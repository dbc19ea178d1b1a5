import FoundationEssentials
import Glibc
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Thousands of stories, each told by a seed.
///
/// `RUNNER_SEED=N swift test --disable-xctest --filter noSeedBreaksAPromise` tells one of them, and prints what happens in it.
@Suite struct SimulationTests {
    private static let folder = FilePath(
        "\(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")/runner-simulation-\(getpid())")

    private static func run(_ seed: UInt64, in name: String) -> Simulation.Outcome {
        Simulation(seed: seed, folder: folder.appending(name)).run()
    }

    @Test func theSameSeedTellsTheSameStory() async throws {
        try await BlockingWork.run { _ in
            for seed in UInt64(1)...20 {
                let (one, two) = (Self.run(seed, in: "same"), Self.run(seed, in: "same"))
                #expect(one.trace == two.trace, "seed \(seed)")
            }
        }
    }

    /// 10,000 seeds, or as many as a minute has room for; 200,000 in `make soak`.
    @Test func noSeedBreaksAPromise() async throws {
        if let seed = getenv("RUNNER_SEED").flatMap({ UInt64(String(cString: $0)) }) { return try await tell(seed) }
        let isSoak = getenv("RUNNER_SOAK") != nil
        let (most, end) = (UInt64(isSoak ? 200_000 : 10_000), ContinuousClock.now + .seconds(isSoak ? 7_200 : 60))
        let next = Atomic<UInt64>(1)
        let counts = Mutex((stories: 0, kills: 0, broken: 0))
        _ = try await BlockingWork.run(threads: BlockingWork.processors) { worker, _ in
            while ContinuousClock.now < end {
                let seed = next.add(1, ordering: .relaxed).oldValue
                guard seed <= most else { return }
                let outcome = Self.run(seed, in: "w\(worker)")
                counts.withLock { counts in
                    counts.stories += 1
                    counts.kills += outcome.kills
                    if !outcome.violations.isEmpty { counts.broken += 1 }
                }
                for violation in outcome.violations.prefix(3) {
                    Issue.record("seed \(seed): \(violation); RUNNER_SEED=\(seed) tells the whole story")
                }
            }
        }
        let (stories, kills, broken) = counts.withLock(\.self)
        print("simulation: \(stories) stories of \(most) tried, \(kills) kills, \(broken) with a broken promise")
        #expect(stories > 0 && kills > stories / 10)
    }

    private func tell(_ seed: UInt64) async throws {
        let outcome = try await BlockingWork.run { _ in Self.run(seed, in: "one") }
        print(outcome.trace)
        #expect(outcome.violations == [])
    }
}
