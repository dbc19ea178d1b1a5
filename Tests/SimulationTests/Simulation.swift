import FoundationEssentials
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport

/// One story that a seed tells: deploys, ways back and prunings on machines that come and go, with kills, faults of the
/// network, wrong clocks and several runners at once. Everything of the runner is real but the servers, the clock and the
/// signals.
final class Simulation: Sendable {
    let seed: UInt64
    let thread: OneThread
    let trace: Trace
    let cloud: SimulatedCloud
    let promises: Promises
    /// Below which the machines have their files.
    let folder: FilePath
    let state: Mutex<State>

    /// What ends a process before its time: a kill at one of its effects, or signals, each so long after what was before.
    struct EarlyEnd {
        var killAt: Int?
        var signals: [Duration] = []
    }

    struct State {
        var random: SeededRandom
        var machines = 0
        var processes = 0
        var version = 0
        /// A machine on which a process was killed, and that is still there.
        var leftMachine: FilePath?
        var kills = 0
    }

    init(seed: UInt64, folder: FilePath) {
        (self.seed, self.folder) = (seed, folder)
        thread = OneThread(seed: seed)
        trace = Trace(thread)
        cloud = SimulatedCloud(on: thread, seed: seed &+ 1)
        promises = Promises(cloud, trace)
        state = Mutex(State(random: SeededRandom(seed: seed &+ 2)))
    }

    /// What came of it.
    struct Outcome: Sendable {
        var trace: String
        var violations: [String]
        var kills: Int
    }

    func run() -> Outcome {
        try? FileManager.default.removeItem(atPath: folder.string)
        do {
            // A day of the wrongest clock, and then some.
            try thread.run(within: .seconds(7 * 86_400)) { [self] in
                await Workplace.$executor.withValue(thread) { await story() }
            }
        } catch {
            trace.violate("everything waits, and nothing is left to wait for")
        }
        thread.settle(limit: .seconds(1_000))
        if thread.strangers > 0 { trace.violate("\(thread.strangers) tasks were begun on another thread") }
        try? FileManager.default.removeItem(atPath: folder.string)
        return Outcome(trace: trace.text, violations: trace.broken, kills: state.withLock(\.kills))
    }

    // MARK: - The story

    private func story() async {
        _ = await deploy(newVersion(), mustBe: 0)
        if draw(2) == 0 { _ = await deploy(newVersion(), mustBe: 0) }
        for _ in 0..<(1 + draw(3)) { await event() }
        await repair()
    }

    private func event() async {
        let weather = draw(3) == 0 ? Weather(faultEvery: 4 + draw(20)) : Weather()
        let skew = draw(8) == 0 ? Duration.seconds(Int(draw(87_600)) - 86_400) : .zero
        if draw(4) == 0 {
            async let one: Void = action(weather, skew)
            async let other: Void = action(weather, .zero)
            _ = await (one, other)
        } else {
            await action(weather, skew)
        }
    }

    private func action(_ weather: Weather, _ skew: Duration) async {
        let end = drawEnd()
        switch draw(12) {
        case 0...4: _ = await deploy(newVersion(), weather, skew, end, checkFails: draw(4) == 0)
        case 5: _ = await deploy(currentVersion, weather, skew, end, checkFails: draw(4) == 0)
        case 6, 7: await goBack(weather, skew, end)
        case 8: await recoverElsewhere(weather, end)
        case 9, 10: await goOnWhereOneWasLeft(weather, end)
        default: await prune(weather, end)
        }
    }

    /// What ends a process before its time.
    private func drawEnd() -> EarlyEnd {
        switch draw(8) {
        case 0...4: EarlyEnd(killAt: Int(draw(260)))
        case 5:
            // The second comes when the way back has begun, or when it is over.
            EarlyEnd(signals: (0...draw(2)).map { .milliseconds(Int(draw($0 == 0 ? 9_000 : 6_000))) })
        default: EarlyEnd()
        }
    }

    /// Whoever comes next, on a quiet day: everything must be well after it.
    private func repair() async {
        thread.alarm(after: .seconds(300)) {}
        if draw(2) == 0 { await recoverElsewhere(Weather()) }
        let version = draw(3) == 0 ? currentVersion : newVersion()
        let exit = await deploy(version)
        if exit != 0 { trace.violate("the last deploy ends with \(exit.map(String.init) ?? "nothing")") }
        for lack in promises.lacks(of: version) { trace.violate("\(version) is live, and \(lack)") }
        await recoverElsewhere(Weather(), mustSay: "nothing to recover")
        let lease = cloud.now.objects["site/.runner/lease.json"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        if !lease.contains("\"free\"") { trace.violate("the lease is not given back: \(lease)") }
    }

    // MARK: - What happens

    private func deploy(
        _ version: String, _ weather: Weather = Weather(), _ skew: Duration = .zero, _ end: EarlyEnd = EarlyEnd(),
        checkFails: Bool = false, mustBe wanted: Int? = nil
    ) async -> Int? {
        let machine = machine(with: version)
        let text = checkFails ? "nowhere" : version
        let exit = await process(
            "deploy-\(version)", on: machine, ["run", "deploy.yml", "-i", "release=\(version)", "-i", "text=\(text)"],
            weather, skew, end
        ) { [promises] name, exit in promises.ends(name, with: exit, about: version, checkFails: checkFails) }
        if let wanted, exit != wanted {
            trace.violate("the deploy of \(version) ends with \(exit.map(String.init) ?? "a kill")")
        }
        return exit
    }

    private func goBack(_ weather: Weather, _ skew: Duration, _ end: EarlyEnd) async {
        _ = await process("rollback", on: machine(with: "v0"), ["run", "rollback.yml"], weather, skew, end) {
            [promises] name, exit in promises.endsGoingBack(name, with: exit)
        }
    }

    private func prune(_ weather: Weather, _ end: EarlyEnd) async {
        _ = await process("prune", on: machine(with: "v0"), ["run", "prune.yml"], weather, .zero, end) {
            [promises] name, exit in promises.ends(name, with: exit, about: nil)
        }
    }

    private func recoverElsewhere(_ weather: Weather, _ end: EarlyEnd = EarlyEnd(), mustSay text: String? = nil) async {
        let said = Mutex("")
        _ = await process(
            "recover", on: machine(with: "v0", isFresh: true),
            ["recover", "--store", "s3://\(SimulatedCloud.bucket)/site"],
            weather, .zero, end, said: { line in said.withLock { $0 += line } }
        ) { [promises] name, exit in promises.endsGoingBack(name, with: exit == 0 ? -1 : exit) }
        if let text, !said.withLock({ $0.contains(text) }) {
            trace.violate("recover --store does not say `\(text)`: \(said.withLock(\.self))")
        }
    }

    /// By the folder of the run that was killed, as somebody would who sits before it.
    private func goOnWhereOneWasLeft(_ weather: Weather, _ end: EarlyEnd) async {
        guard let machine = state.withLock({ $0.leftMachine }), let run = Self.newestRun(on: machine) else {
            return await recoverElsewhere(weather, end)
        }
        state.withLock { $0.leftMachine = nil }
        let words = [["recover"], ["resume", run], ["rollback", run, "--yes"]][Int(draw(3))]
        _ = await process(words[0], on: machine, words, weather, .zero, end) { [promises] name, exit in
            promises.endsGoingBack(name, with: exit)
        }
    }

    private static func newestRun(on machine: FilePath) -> String? {
        let runs = try? FileManager.default.contentsOfDirectory(atPath: machine.appending(".runner/runs").string)
        return runs?.filter { !$0.hasPrefix(".") }.max()
    }
}
