extension CloudFrontClient {
    /// Waits until every edge has the configuration.
    ///
    /// - Throws: `deadline`; what `AWSSender.send` throws.
    public func waitUntilDeployed(_ distribution: String, _ wait: CloudFrontPoller) async throws -> DistributionState {
        try await wait.until("the distribution \(distribution) was not deployed to every edge") {
            let state = try await getDistribution(distribution)
            return state.isDeployed ? .reached(state, status: state.status) : .waiting(status: state.status)
        }
    }

    /// Waits until every edge has dropped what the invalidation names.
    public func waitUntilCompleted(
        _ invalidation: String, on distribution: String, _ wait: CloudFrontPoller
    ) async throws -> Invalidation {
        try await wait.until("the invalidation \(invalidation) of \(distribution) was not completed") {
            let state = try await getInvalidation(invalidation, on: distribution)
            return state.isCompleted ? .reached(state, status: state.status) : .waiting(status: state.status)
        }
    }

    /// Asks for an invalidation, and waits while others use the quota up.
    public func createInvalidation(
        _ batch: InvalidationPlan.Batch, on distribution: String, _ wait: CloudFrontPoller
    ) async throws -> Invalidation {
        try await wait.until("the distribution \(distribution) took no further invalidation") {
            switch try await createInvalidation(batch, on: distribution) {
            case .accepted(let invalidation): .reached(invalidation, status: invalidation.status)
            case .tooManyInProgress: .waiting(status: "TooManyInvalidationsInProgress")
            }
        }
    }
}
