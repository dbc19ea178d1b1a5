public import PipelineKit

extension AWSClient {
    /// A client for a step: region, endpoints and credentials come from its options, the environment and the profile.
    /// Keep it while the step runs, since it remembers credentials, regions of buckets and the retry quota.
    ///
    /// - Throws: `CredentialError` if a settings file cannot be read; `StepError` for an invalid region or endpoint.
    ///   Missing credentials show only with the first call.
    public convenience init(_ settings: AWSSettings = AWSSettings(), in context: StepContext) async throws {
        try await self.init(settings, in: AWSEnvironment(context), progress: context.progress)
    }

    public convenience init(
        _ settings: AWSSettings, in environment: AWSEnvironment, progress: Progress = .silent
    ) async throws {
        let profiles = try await SharedProfiles.read(environment)
        let endpoints = try settings.endpoints(environment, profiles)
        let chain = CredentialChain(environment, settings, profiles: profiles, endpoints: endpoints)
        self.init(
            http: environment.http,
            credentials: CredentialCache(
                chain, clock: environment.clock, logger: environment.logger, note: { environment.note($0) }),
            endpoints: endpoints, clock: environment.clock, random: environment.random, logger: environment.logger,
            progress: progress)
    }
}
