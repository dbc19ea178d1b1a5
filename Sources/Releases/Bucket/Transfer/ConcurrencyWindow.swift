internal import PipelineKit

/// How much may be under way at the same time: little at first, since a new folder of S3 is not yet spread over many
/// servers; more with every success; half as much when the store asks for less or the line does not bear it, and then
/// one more a round.
///
/// More than a few pay only if a request mostly waits. A store that is near is kept busy by a few, and more get into
/// each other's way.
struct ConcurrencyWindow: Hashable, Sendable {
    /// At a store that is far.
    let maximum: Int
    /// At one that is near.
    let nearMaximum: Int
    private(set) var limit: Int
    /// Up to here every success lets one more in.
    private var threshold: Int
    private var successes = 0
    /// A burst of refusals was all sent under the old limit: it counts once.
    private var untilNextCut = 0
    private var fastest: Duration?

    /// Whether a failure says that less must be under way: the store asks for fewer requests; or they time out, because
    /// too many share a slow line or a server is too busy to answer.
    static func asksForLess(_ error: any DescribedError) -> Bool {
        switch error.retryClass {
        case .throttle, .timeout: true
        case .network, .conflict, .failure: false
        }
    }

    /// A store whose quickest answers take this long is far.
    static let far = Duration.milliseconds(12)

    /// - Parameter nearMaximum: `maximum` if it is left out.
    init(maximum: Int, nearMaximum: Int? = nil, start: Int = 8) {
        self.maximum = max(1, maximum)
        self.nearMaximum = min(self.maximum, max(1, nearMaximum ?? maximum))
        limit = min(max(1, start), self.nearMaximum)
        threshold = self.maximum
    }

    private var ceiling: Int { fastest.map { $0 >= Self.far } ?? false ? maximum : nearMaximum }

    /// - Parameter elapsed: how long they took together; the quickest ones tell how far the store is.
    mutating func succeeded(_ count: Int = 1, in elapsed: Duration = .zero) {
        fastest = min(fastest ?? elapsed, elapsed)
        untilNextCut = max(0, untilNextCut - count)
        let ceiling = ceiling
        if limit < min(threshold, ceiling) {
            limit = min(threshold, ceiling, limit + count)
            return
        }
        successes += count
        while successes >= limit, limit < ceiling {
            successes -= limit
            limit += 1
        }
        if limit >= ceiling { (limit, successes) = (ceiling, 0) }
    }

    mutating func slowedDown() {
        guard untilNextCut == 0 else { return }
        untilNextCut = limit
        limit = max(1, limit / 2)
        threshold = limit
        successes = 0
    }
}
