@testable import RunnerCLI
import FoundationEssentials
import PipelineKit
import StandardSteps
import Synchronization
import SystemPackage
import TestSupport

/// The machines of a story, and the commands that are typed on them.
extension Simulation {
    func draw(_ count: UInt64) -> UInt64 { state.withLock { $0.random.next() % count } }

    func newVersion() -> String {
        state.withLock { state in
            state.version += 1
            return "v\(state.version)"
        }
    }

    var currentVersion: String { state.withLock { "v\($0.version)" } }

    /// A checkout with a site: on a machine on which something was left, or on a new one.
    func machine(with version: String, isFresh: Bool = false) -> FilePath {
        let reuses = draw(2) == 0 && !isFresh
        let machine = state.withLock { state -> FilePath in
            if reuses, let left = state.leftMachine {
                state.leftMachine = nil
                return left
            }
            state.machines += 1
            return folder.appending("m\(state.machines)")
        }
        do {
            for (name, text) in Site.files(of: version) {
                try Self.write(text, machine.appending("public").appending(name))
            }
            for (name, text) in Self.pipelines { try Self.write(text, machine.appending(name)) }
        } catch {
            trace.violate("no machine: \(error)")
        }
        return machine
    }

    private static func write(_ text: String, _ path: FilePath) throws {
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path.string))
    }

    /// - Returns: its exit status; nil if it was killed.
    func process(
        _ purpose: String, on machine: FilePath, _ arguments: [String], _ weather: Weather, _ skew: Duration,
        _ end: EarlyEnd, said: @escaping @Sendable (String) -> Void = { _ in },
        ended: @escaping @Sendable (String, Int) -> Void
    ) async -> Int? {
        let (number, seed) = state.withLock { state in
            state.processes += 1
            return (state.processes, state.random.next())
        }
        let name = "\(number)-\(purpose)"
        let process = SimulatedProcess(name, on: thread, trace, seed: seed, skew: skew, killAt: end.killAt)
        promises.begins(name)
        trace.note("\(name) begins on \(machine.lastComponent?.string ?? ""): \(arguments.joined(separator: " "))")
        let context = context(of: process, on: machine, weather, seed: seed, end.signals, said)
        let exit = await Failpoint.$plan.withValue({ point in try process.effect("\(point)") }) {
            switch RunnerCommand.begin(arguments, in: context) {
            case .ended(let exit): exit.rawValue
            case .continues(let rest): await rest().rawValue
            }
        }
        if process.isDead {
            let isLost = draw(5) < 3
            state.withLock { state in
                state.kills += 1
                if !isLost { state.leftMachine = machine }
            }
            if isLost { try? FileManager.default.removeItem(atPath: machine.string) }
            return nil
        }
        ended(name, exit)
        return exit
    }

    private func context(
        of process: SimulatedProcess, on machine: FilePath, _ weather: Weather, seed: UInt64, _ signals: [Duration],
        _ said: @escaping @Sendable (String) -> Void
    ) -> CommandContext {
        let clock = SimulatedClock(process: process)
        let (cloud, trace) = (cloud, trace)
        return CommandContext(
            steps: { StandardSteps.all },
            environment: [
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secretsecret", "AWS_REGION": "us-east-1",
                "HOME": machine.string,
            ],
            currentFolder: machine,
            console: Console(
                write: { _, text in
                    if process.isDead { return }
                    trace.note("\(process.name) says \(text.trimmingPrefix(" "))")
                    said(text)
                }, style: TextStyle(isColoured: false)),
            clock: clock, random: process.random, processes: NoProcesses(), secrets: SecretMasker(),
            answer: nil,
            connect: { SimulatedClient(process, cloud, weather, seed: seed &+ 7) },
            stopSignals: { [thread] in
                AsyncStream { continuation in
                    var time = Duration.zero
                    for (signal, delay) in zip([StopSignal.all[1], StopSignal.all[0]], signals) {
                        time += delay
                        thread.alarm(after: time) {
                            if process.isDead { return }
                            trace.note("\(process.name) gets a signal")
                            continuation.yield(signal)
                        }
                    }
                }
            },
            endProcess: { _ in
                trace.note("\(process.name) ends at once")
                process.kill()
            })
    }

    private static let pipelines = [
        "deploy.yml": """
        version: 1
        name: deploy
        inputs: { release: { type: string }, text: { type: string } }
        with: { store: "s3://\(SimulatedCloud.bucket)/site", distribution: \(SimulatedCloud.distribution) }
        steps:
          - { uses: hash, with: { source: public } }
          - { uses: sync, with: { version: "${{ inputs.release }}" } }
          - uses: switch-origin
          - uses: wait
          - uses: invalidate
          - { uses: smoke, with: { url: "\(SimulatedCloud.address)", checks: [{ url: /, contains: "${{ inputs.text }}" }] } }
          - { uses: prune, with: { keep: 2 }, rollback: false }
        finally:
          - uses: log

        """,
        "rollback.yml": """
        version: 1
        name: rollback
        with: { store: "s3://\(SimulatedCloud.bucket)/site", distribution: \(SimulatedCloud.distribution) }
        steps:
          - { id: target, uses: release, with: { select: previous } }
          - { uses: switch-origin, with: { allow-older: true } }
          - uses: invalidate
        finally:
          - uses: log

        """,
        "prune.yml": """
        version: 1
        name: prune
        with: { store: "s3://\(SimulatedCloud.bucket)/site" }
        steps:
          - { uses: prune, with: { keep: 2 } }

        """,
    ]
}
