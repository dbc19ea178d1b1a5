public import AWS
public import PipelineKit

extension Pointer {
    /// The origin of a distribution that a deploy switches.
    ///
    /// - Parameter origin: its id; nil for the only one on S3.
    /// - Throws: `CloudFrontError` `unknownOrigin`, `noS3Origin`, `severalS3Origins`; what asking CloudFront throws.
    public init(distribution: DistributionID, origin: String?, in context: StepContext) async throws {
        let config = try await CloudFrontClient(in: context).getDistributionConfig(distribution.text)
        self.init(distribution: distribution.text, origin: try config.origin(named: origin).id)
    }
}
