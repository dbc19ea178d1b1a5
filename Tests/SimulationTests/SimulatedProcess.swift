import FoundationEssentials
import PipelineKit
import Synchronization
import TestSupport

/// One process of a runner. It can be killed: from then on nothing that it does has an effect, and its tasks come to an end
/// as if everything failed.
final class SimulatedProcess: Sendable {
    let name: String
    let thread: OneThread
    let trace: Trace
    /// By how much its machine's clock is wrong.
    let skew: Duration
    private let state: Mutex<State>

    private struct State {
        var random: SeededRandom
        var isDead = false
        /// How many of its effects are left until it is killed.
        var effectsLeft: Int?
        var effects = 0
        var onDeath: [@Sendable () -> Void] = []
        var sleepers: [Int: @Sendable (Bool) -> Void] = [:]
        var nextID = 0
    }

    /// What a dead process gets for everything that it tries.
    struct Killed: DescribedError {
        var code: String { "killed" }
        var message: String { "the process was killed" }
    }

    init(_ name: String, on thread: OneThread, _ trace: Trace, seed: UInt64, skew: Duration, killAt effect: Int?) {
        (self.name, self.thread, self.trace, self.skew) = (name, thread, trace, skew)
        state = Mutex(State(random: SeededRandom(seed: seed), effectsLeft: effect))
    }

    var isDead: Bool { state.withLock(\.isDead) }
    /// How many effects it had until now, or until it was killed.
    var effects: Int { state.withLock(\.effects) }

    var random: RandomSource {
        RandomSource { [self] in
            state.withLock { Double($0.random.next() >> 11) / Double(1 << 53) }
        }
    }

    /// Called before everything that is seen outside of the process, and after what a kill may follow.
    func effect(_ what: String) throws {
        let isNowDead = try state.withLock { state -> Bool in
            if state.isDead { throw Killed() }
            state.effects += 1
            guard let left = state.effectsLeft else { return false }
            state.effectsLeft = left - 1
            return left <= 0
        }
        if isNowDead {
            trace.note("\(name) is killed at \(what)")
            kill()
            throw Killed()
        }
    }

    func kill() {
        let (deaths, sleepers) = state.withLock { state -> ([@Sendable () -> Void], [@Sendable (Bool) -> Void]) in
            guard !state.isDead else { return ([], []) }
            state.isDead = true
            defer { (state.onDeath, state.sleepers) = ([], [:]) }
            return (state.onDeath, state.sleepers.sorted { $0.key < $1.key }.map(\.value))
        }
        for death in deaths { death() }
        for wake in sleepers { wake(true) }
    }

    func onDeath(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onDeath.append(body) } }

    /// Returns after the time, or throws when the task is cancelled or the process killed.
    fileprivate func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isDead = state.withLock { state in
                    if !state.isDead {
                        state.sleepers[id] = { isEarly in
                            if isEarly {
                                continuation.resume(throwing: CancellationError())
                            } else {
                                continuation.resume()
                            }
                        }
                    }
                    return state.isDead
                }
                if isDead { return continuation.resume(throwing: CancellationError()) }
                if Task.isCancelled { return wake(id, isEarly: true) }
                thread.alarm(after: duration) { [self] in wake(id, isEarly: false) }
            }
        } onCancel: {
            wake(id, isEarly: true)
        }
    }

    private func wake(_ id: Int, isEarly: Bool) {
        state.withLock { $0.sleepers.removeValue(forKey: id) }?(isEarly)
    }
}

/// The clock of a process's machine.
struct SimulatedClock: RunClock {
    let process: SimulatedProcess
    private static let origin = ContinuousClock.now

    var now: ContinuousClock.Instant { Self.origin + process.thread.elapsed }
    var date: Date { Self.date(process.thread.elapsed + process.skew) }

    /// 2026-01-01T00:00:00Z and what has elapsed since.
    static func date(_ elapsed: Duration) -> Date {
        let parts = elapsed.components
        return Date(timeIntervalSince1970: 1_767_225_600 + Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    func sleep(for duration: Duration) async throws { try await process.sleep(for: duration) }

    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        let id = process.thread.alarm(after: duration, expired)
        return TimeLimit { [thread = process.thread] in thread.silence(id) }
    }
}

/// What has happened in a simulation, in order, with the time of each.
final class Trace: Sendable {
    private let lines = Mutex<[String]>([])
    private let violations = Mutex<[String]>([])
    let thread: OneThread

    init(_ thread: OneThread) { self.thread = thread }

    func note(_ line: String) {
        let milliseconds = thread.elapsed.inMilliseconds
        lines.withLock { $0.append("\(milliseconds) \(line)") }
    }

    /// Something that must never be.
    func violate(_ what: String) {
        note("VIOLATION: \(what)")
        violations.withLock { $0.append(what) }
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var broken: [String] { violations.withLock(\.self) }
}
