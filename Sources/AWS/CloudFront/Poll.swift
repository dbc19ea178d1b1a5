public import PipelineKit
internal import Synchronization

/// The pauses between looks at a slow change: short at first, then longer and longer.
public struct Poll: Hashable, Sendable {
    public var initial: Duration
    public var factor: Double
    public var maximum: Duration

    public init(initial: Duration = .seconds(2), factor: Double = 1.5, maximum: Duration = .seconds(20)) {
        self.initial = initial
        self.factor = factor
        self.maximum = maximum
    }

    /// Before the look of this number, from 0.
    func delay(before look: Int) -> Duration {
        // A duration cannot hold every power.
        min(maximum, initial * Double.minimum(1e6, power(factor, min(look, 64))))
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { result, _ in result * base }
    }
}

/// A wait for CloudFront, with an end.
public struct CloudFrontPoller: Sendable {
    public var clock: any RunClock
    public var poll: Poll
    /// From the first look on.
    public var deadline: Duration
    /// Called after each look with what was seen, such as `InProgress`, and the time since the first.
    public var progress: @Sendable (_ status: String, _ elapsed: Duration) -> Void

    /// A change of a distribution takes minutes; one that takes longer than this is stuck.
    static let standardDeadline = Duration.seconds(35 * 60)

    public init(
        clock: any RunClock, poll: Poll = Poll(), deadline: Duration? = nil,
        progress: @escaping @Sendable (_ status: String, _ elapsed: Duration) -> Void = { _, _ in }
    ) {
        self.clock = clock
        self.poll = poll
        self.deadline = deadline ?? Self.standardDeadline
        self.progress = progress
    }

    /// Looks until the look gives a value.
    ///
    /// - Parameter look: gives the value, or what it saw instead.
    /// - Throws: `deadline`; what `look` throws.
    func until<Value>(
        _ goal: String, _ look: () async throws -> PollResult<Value>
    ) async throws -> Value {
        let start = clock.now
        var seen = ""
        for number in 0... {
            switch try await look() {
            case .reached(let value, let status):
                progress(status, start.duration(to: clock.now))
                return value
            case .waiting(let status):
                seen = status
                progress(status, start.duration(to: clock.now))
            }
            let left = deadline - start.duration(to: clock.now)
            guard left > .zero else { break }
            try await clock.sleep(for: min(poll.delay(before: number), left))
        }
        throw CloudFrontError(
            .deadline, "\(goal) within \(deadline.text): it still says \(seen)",
            help:
                "look at it in the CloudFront console; to wait longer, give the step more tries: `retry: { attempts: 6 }`"
        )
    }
}

extension CloudFrontPoller {
    /// By the step's clock; what was seen shows as the step's progress.
    public init(in context: StepContext, poll: Poll = Poll()) {
        // The time is the display's to tell.
        let looks = LookCount()
        self.init(clock: context.clock, poll: poll) { [progress = context.progress] status, _ in
            progress(.init(done: looks.next(), total: nil, unit: "looks", detail: Self.words[status] ?? status))
        }
    }

    /// CloudFront's own words, for people.
    private static let words = [
        "InProgress": "not every edge has it yet", "Deployed": "every edge has it", "Completed": "every edge has it",
        "TooManyInvalidationsInProgress": "other invalidations come first",
    ]
}

private final class LookCount: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// What one look saw.
enum PollResult<Value> {
    case reached(Value, status: String)
    case waiting(status: String)
}
