internal import AWS
internal import ObjectStorage
internal import PipelineKit

extension BucketStore {
    /// What the origins of distributions are asked beside.
    var client: any ObjectStorage { objects }
}

extension CloudFrontClient {
    /// With the credentials of a bucket's storage.
    ///
    /// - Throws: `StepError` `no-distribution` if the storage is not one that CloudFront's credentials come with.
    init(beside objects: any ObjectStorage) throws {
        guard let bucket = objects as? S3Client else {
            throw StepError(
                "no-distribution", "\(objects.url("")) is not on S3, and a distribution is registered in it",
                help: "keep releases that a distribution serves in a bucket on S3")
        }
        self.init(beside: bucket)
    }
}
