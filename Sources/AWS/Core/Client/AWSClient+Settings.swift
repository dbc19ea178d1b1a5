public import PipelineKit

extension AWSClient {
    /// A client for a step: region, endpoints and credentials from its options, the environment and the profile. Keep it for as long as the
    /// step works, for it remembers credentials, regions of buckets and the retry quota.
    ///
    /// - Throws: `CredentialError` where a settings file cannot be read; `StepError` for a region or an endpoint that is none. Whether there are
    ///   credentials shows with the first call.
    public convenience init(_ settings: AWSSettings = AWSSettings(), in context: StepContext) async throws {
        try await self.init(settings, in: AWSEnvironment(context))
    }

    public convenience init(_ settings: AWSSettings, in environment: AWSEnvironment) async throws {
        let profiles = try await SharedProfiles.read(environment)
        let endpoints = try settings.endpoints(environment, profiles)
        let chain = CredentialChain(environment, settings, profiles: profiles, endpoints: endpoints)
        self.init(
            http: environment.http,
            credentials: CredentialCache(chain, clock: environment.clock, logger: environment.logger),
            endpoints: endpoints, clock: environment.clock, random: environment.random, logger: environment.logger)
    }
}
