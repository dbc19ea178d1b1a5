public import AWS

extension OriginPathUpdate {
    /// Makes the update as a step does.
    ///
    /// - Throws: what it has failed with.
    @discardableResult
    public func apply(
        _ client: CloudFrontClient, beforeWrite: () async throws -> Void = {}
    ) async throws -> Result {
        switch await attempt(client, beforeWrite: beforeWrite) {
        case .done(let result): return result
        case .failed(let error, _): throw error
        }
    }
}
