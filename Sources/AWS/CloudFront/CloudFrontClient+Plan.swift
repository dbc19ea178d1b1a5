extension CloudFrontClient {
    /// Asks for the batches of a plan, one after the other: each is completed before the next is asked for.
    ///
    /// - Parameter waitsForLast: whether the last one is completed when this returns.
    /// - Returns: the last one; nil where the plan has none.
    /// - Throws: `deadline`; what `AWSSender.send` throws.
    public func invalidate(
        _ plan: InvalidationPlan, on distribution: String, waitsForLast: Bool, _ wait: CloudFrontPoller
    ) async throws -> Invalidation? {
        var last: Invalidation?
        for (number, batch) in plan.batches.enumerated() {
            let invalidation = try await createInvalidation(batch, on: distribution, wait)
            let waits = waitsForLast || number < plan.batches.count - 1
            last = waits ? try await waitUntilCompleted(invalidation.id, on: distribution, wait) : invalidation
        }
        return last
    }
}
