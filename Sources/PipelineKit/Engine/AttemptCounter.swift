internal import Synchronization

/// The number of the attempt at work, told across the tasks of a step.
final class AttemptCounter: Sendable {
    private let number = Atomic(0)

    func set(_ value: Int) { number.store(value, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
}
