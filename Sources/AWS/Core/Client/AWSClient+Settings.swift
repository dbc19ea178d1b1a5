public import PipelineKit

extension AWSClient {
    /// A client for a step: region, endpoints and credentials come from its options, the environment and the profile.
    /// Keep it while the step runs, since it remembers credentials, regions of buckets and the retry quota.
    ///
    /// - Throws: `CredentialError` if a settings file cannot be read; `StepError` for an invalid region or endpoint.
    ///   Missing credentials show only with the first call.
    public convenience init(_ settings: AWSSettings = AWSSettings(), in context: StepContext) async throws {
        try await self.init(settings, in: AWSSurroundings(context))
    }

    public convenience init(_ settings: AWSSettings, in surroundings: AWSSurroundings) async throws {
        let profiles = try await SharedProfiles.read(surroundings)
        let endpoints = try settings.endpoints(surroundings, profiles)
        let chain = CredentialChain(surroundings, settings, profiles: profiles, endpoints: endpoints)
        self.init(
            http: surroundings.http,
            credentials: CredentialCache(chain, clock: surroundings.clock, logger: surroundings.logger),
            endpoints: endpoints, clock: surroundings.clock, random: surroundings.random, logger: surroundings.logger)
    }
}
