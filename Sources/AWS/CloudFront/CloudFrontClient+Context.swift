public import PipelineKit

extension CloudFrontClient {
    /// With the credentials, the endpoint and the transport of a step.
    ///
    /// - Throws: what `AWSClient.init(_:in:)` throws.
    public init(in context: StepContext) async throws {
        self.init(sender: try await AWSClient(in: context))
    }
}

extension CloudFrontWait {
    /// By the step's clock; what was seen shows as the step's progress.
    public init(in context: StepContext, poll: Poll = Poll()) {
        self.init(clock: context.clock, poll: poll) { [progress = context.progress] status, elapsed in
            progress(
                .init(done: Int(elapsed.components.seconds), total: nil, unit: "s", detail: status))
        }
    }
}
