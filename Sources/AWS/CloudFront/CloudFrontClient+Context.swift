public import PipelineKit

extension CloudFrontClient {
    /// With the credentials, the endpoint and the transport of a step.
    ///
    /// - Throws: what `AWSClients.client(_:in:)` throws.
    public init(in context: StepContext, retryLimit: Duration = .seconds(180)) async throws {
        self.init(sender: try await context[AWSClientsKey.self].client(in: context), retryLimit: retryLimit)
    }

    /// With the credentials of a bucket's client.
    public init(beside bucket: S3Client) {
        self.init(sender: bucket.sender)
    }
}

extension CloudFrontPoller {
    /// By the step's clock; what was seen shows as the step's progress.
    public init(in context: StepContext, poll: Poll = Poll()) {
        self.init(clock: context.clock, poll: poll) { [progress = context.progress] status, elapsed in
            progress(
                .init(done: Int(elapsed.components.seconds), total: nil, unit: "s", detail: status))
        }
    }
}
