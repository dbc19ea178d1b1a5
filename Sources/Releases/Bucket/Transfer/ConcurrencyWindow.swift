/// How much may be under way at the same time: little at first, since a new folder of S3 is not yet spread over many
/// servers; more with every success; half as much when the store asks for less, and then one more a round.
struct ConcurrencyWindow: Hashable, Sendable {
    let maximum: Int
    private(set) var limit: Int
    /// Up to here every success lets one more in.
    private var threshold: Int
    private var successes = 0
    /// A burst of refusals was all sent under the old limit: it counts once.
    private var untilNextCut = 0

    init(maximum: Int, start: Int = 8) {
        self.maximum = max(1, maximum)
        limit = min(max(1, start), self.maximum)
        threshold = self.maximum
    }

    mutating func succeeded(_ count: Int = 1) {
        untilNextCut = max(0, untilNextCut - count)
        if limit < threshold {
            limit = min(threshold, limit + count)
            return
        }
        successes += count
        while successes >= limit, limit < maximum {
            successes -= limit
            limit += 1
        }
        if limit == maximum { successes = 0 }
    }

    mutating func slowedDown() {
        guard untilNextCut == 0 else { return }
        untilNextCut = limit
        limit = max(1, limit / 2)
        threshold = limit
        successes = 0
    }
}
