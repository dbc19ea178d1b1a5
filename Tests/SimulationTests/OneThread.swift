import Glibc
import Synchronization
import TestSupport

/// One thread that does everything of a simulation: tasks in an order that a seed decides, and the passing of time when no
/// task is left to do.
final class OneThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var elapsed = Duration.zero
        var nextID = 0
        var alarms: [Alarm] = []
        /// How many jobs and alarms came from another thread: none of a simulation may.
        var strangers = 0
        var random: SeededRandom
    }

    private struct Alarm {
        var due: Duration
        var id: Int
        var ring: @Sendable () -> Void
    }

    private let state: Mutex<State>
    private let thread = Mutex<pthread_t?>(nil)

    init(seed: UInt64) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// What the simulation's clocks have in common.
    var elapsed: Duration { state.withLock(\.elapsed) }

    var strangers: Int { state.withLock(\.strangers) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isStranger = thread.withLock { $0.map { pthread_equal($0, pthread_self()) == 0 } ?? false }
        state.withLock { state in
            if isStranger { state.strangers += 1 }
            state.jobs.append(job)
        }
    }

    /// Rings once when the time has come.
    ///
    /// - Returns: what `silence` takes.
    @discardableResult
    func alarm(after delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.nextID += 1
            let alarm = Alarm(due: state.elapsed + max(delay, .zero), id: state.nextID, ring: ring)
            let place = state.alarms.firstIndex { $0.due > alarm.due } ?? state.alarms.endIndex
            state.alarms.insert(alarm, at: place)
            return alarm.id
        }
    }

    func silence(_ id: Int) {
        state.withLock { state in state.alarms.removeAll { $0.id == id } }
    }

    /// Does what there is to do until the work has ended.
    ///
    /// - Throws: `Standstill` if the work waits for something that will not come, or has not ended when the time is over.
    func run<Result: Sendable>(
        within limit: Duration, _ work: @escaping @Sendable () async -> Result
    ) throws -> Result {
        thread.withLock { $0 = pthread_self() }
        let outcome = Outcome<Result>()
        _ = Task(executorPreference: self) { outcome.set(await work()) }
        while true {
            if let job = next() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let value = outcome.value {
                return value
            } else if elapsed > limit || !ringNext() {
                throw Standstill()
            }
        }
    }

    /// Lets what is under way come to its end.
    func settle(limit: Duration) {
        let end = elapsed + limit
        while elapsed < end {
            if let job = next() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if !ringNext() {
                return
            }
        }
    }

    private func next() -> UnownedJob? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            let index = state.jobs.count == 1 ? 0 : Int(state.random.next() % UInt64(state.jobs.count))
            return state.jobs.remove(at: index)
        }
    }

    private func ringNext() -> Bool {
        let ring = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.alarms.isEmpty else { return nil }
            let alarm = state.alarms.removeFirst()
            state.elapsed = max(state.elapsed, alarm.due)
            return alarm.ring
        }
        ring?()
        return ring != nil
    }
}

/// Every task waits, and nothing is left that could wake one, or it goes on for ever.
struct Standstill: Error {}

private final class Outcome<Value: Sendable>: Sendable {
    private let slot = Mutex<Value?>(nil)
    var value: Value? { slot.withLock(\.self) }
    func set(_ value: Value) { slot.withLock { $0 = value } }
}
