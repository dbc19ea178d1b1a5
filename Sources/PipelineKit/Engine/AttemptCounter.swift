internal import Synchronization

/// The number of the current attempt, shared by the tasks of a step.
final class AttemptCounter: Sendable {
    private let number = Atomic(0)

    func set(_ value: Int) { number.store(value, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
}
