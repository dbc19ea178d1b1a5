internal import HTTP

extension S3Client {
    /// Whether the bucket is there and may be listed.
    ///
    /// - Returns: its region, where the server says it.
    /// - Throws: `AWSError`: status 404 for no such bucket, 403 for no permission.
    @discardableResult
    public func headBucket() async throws -> String? {
        try await sender.send(request("HeadBucket", .head)).headers["x-amz-bucket-region"]
    }

    /// The bucket's region, which S3 tells to whoever asks the wrong region, or has no permission; nil where it does not say.
    ///
    /// - Throws: what `AWSSender.send` throws; `AWSError` with status 404 where there is no such bucket.
    public func bucketRegion() async throws -> String? {
        var request = request("HeadBucket", .head)
        request.answers = [301, 307, 400, 403]
        return try await sender.send(request).headers["x-amz-bucket-region"]
    }

    /// The bucket's region as its owner may ask for it.
    public func getBucketLocation() async throws -> String {
        let request = request("GetBucketLocation", .get, query: [("location", nil)])
        return try await sender.read(request, root: "LocationConstraint") { root in
            switch root.text {
            // The first region, and the name of another from before regions had names.
            case "": "us-east-1"
            case "EU": "eu-west-1"
            case let region: region
            }
        }
    }
}
