extension CloudFrontClient {
    /// Writes a configuration back as it is. It has another ETag then, so that a write that was sent before and is still
    /// on its way fails.
    ///
    /// - Returns: the configuration that was written back.
    /// - Throws: `notUpdated`; what `AWSSender.send` throws.
    public func fence(_ distribution: String) async throws -> DistributionConfig {
        let maximum = 8
        for _ in 1...maximum {
            let config = try await getDistributionConfig(distribution)
            let outcome = try await updateDistribution(distribution, config: config.bytes, ifMatch: config.etag)
            if case .updated = outcome { return config }
        }
        throw Self.changedAtEachTry(of: distribution, maximum)
    }

    static func changedAtEachTry(of distribution: String, _ tries: Int) -> CloudFrontError {
        CloudFrontError(
            .notUpdated, "the distribution \(distribution) was changed by others at each of \(tries) tries",
            help: "wait until the other change has ended, then run this again")
    }
}
