/// The `retry` of a step or of the file's `defaults`, as the file has it.
struct RetryOptions: StepOptions {
    @Option("tries in total; 1 means no retry", check: .within(1...1_000)) var attempts = 3
    @Option("how long to wait before the next try") var backoff = Backoff()
    @Option("the classes of error that are retried") var when = [RetryClass.network, .throttle, .timeout]

    struct Backoff: StepOptions {
        @Option("the first delay") var initial = Duration.seconds(1)
        @Option("how many times longer each delay is than the one before", check: .within(1...100)) var factor = 2.0
        @Option("the longest delay") var max = Duration.seconds(30)
        @Option("`full`: the delay is random, between 0s and the computed delay; `none`: it is exactly that")
        var jitter = RetryPolicy.Jitter.full
    }

    /// Returns this policy, with the values that it does not give taken from another.
    func over(_ base: RetryPolicy) -> RetryPolicy {
        var policy = base
        if $attempts.isGiven { policy.attempts = attempts }
        if $when.isGiven { policy.when = Set(when) }
        if backoff.$initial.isGiven { policy.initial = backoff.initial }
        if backoff.$factor.isGiven { policy.factor = backoff.factor }
        if backoff.$max.isGiven { policy.max = backoff.max }
        if backoff.$jitter.isGiven { policy.jitter = backoff.jitter }
        return policy
    }
}
