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

    /// How many of the first stories are told twice, and must be the same.
    private static let twice: UInt64 = 100

    private struct Counts {
        var stories = 0
        var kills = 0
        var twice = 0
        var different = 0
        var broken = 0
        /// What is to be told. Not at once: whoever tells it from another thread is no test.
        var issues: [String] = []
    }

    /// 10,000 seeds, or as many as three minutes have room for; 200,000 in `make soak`. The first hundred are told in any case.
    @Test func noSeedBreaksAPromise() async throws {
        if let seed = getenv("RUNNER_SEED").flatMap({ UInt64(String(cString: $0)) }) { return try await tell(seed) }
        let most = UInt64(Soak.rounds(10_000, soak: 200_000))
        let end = ContinuousClock.now + .seconds(Soak.rounds(180, soak: 7_200))
        let next = Atomic<UInt64>(1)
        let counts = Mutex(Counts())
        _ = try await BlockingWork.run(threads: BlockingWork.processors) { worker, _ in
            while true {
                let seed = next.add(1, ordering: .relaxed).oldValue
                guard seed <= Self.twice || (seed <= most && ContinuousClock.now < end) else { return }
                let outcome = Self.run(seed, in: "w\(worker)")
                let again = seed <= Self.twice ? Self.run(seed, in: "w\(worker)") : nil
                counts.withLock { counts in
                    counts.stories += 1
                    counts.kills += outcome.kills
                    if again != nil { counts.twice += 1 }
                    if again.map({ $0.trace != outcome.trace }) == true { counts.different += 1 }
                    if !outcome.violations.isEmpty { counts.broken += 1 }
                    if let again, again.trace != outcome.trace {
                        let difference = Self.firstDifference(outcome.trace, again.trace)
                        counts.issues.append("seed \(seed) told another story the second time: \(difference)")
                    }
                    for violation in outcome.violations.prefix(3) {
                        counts.issues.append("seed \(seed): \(violation); RUNNER_SEED=\(seed) tells the whole story")
                    }
                }
            }
        }
        for issue in counts.withLock(\.issues) { Issue.record("\(issue)") }
        let sum = counts.withLock(\.self)
        Soak.report(
            "simulation",
            "\(sum.stories) stories of \(most), with \(sum.kills) kills, \(sum.broken) with a broken promise; "
                + "\(sum.twice) were told twice, \(sum.different) of them differently")
        #expect(sum.twice == Int(Self.twice) && sum.kills > sum.stories / 10)
    }

    /// 306: a clock that was 148 s fast. 452, 488: a process that was killed while it brought a run's journal from the store.
    /// 833: a deletion that got no answer, and arrived 27 s later.
    @Test(arguments: [306, 452, 488, 833] as [UInt64]) func whatHasBrokenAPromiseKeepsIt(seed: UInt64) async throws {
        let outcome = try await BlockingWork.run { _ in Self.run(seed, in: "s\(seed)") }
        #expect(outcome.violations == [])
    }

    private static func firstDifference(_ one: String, _ other: String) -> String {
        let lines = zip(one.split(separator: "\n"), other.split(separator: "\n")).first { $0 != $1 }
        return lines.map { "`\($0)`, then `\($1)`" } ?? "one is longer"
    }

    private func tell(_ seed: UInt64) async throws {
        let outcome = try await BlockingWork.run { _ in Self.run(seed, in: "one") }
        print(outcome.trace)
        #expect(outcome.violations == [])
    }
}
