public import PipelineKit

extension OptionCheck where Content == Int? {
    /// How many files are transferred at the same time: at most twice as many as a bucket gets by default, for one that
    /// is far away.
    public static var workers: Self {
        let range = 1...2 * BucketTransfer.maximumConcurrency
        return Self { count in
            guard let count, !range.contains(count) else { return nil }
            return "must be from 1 to \(range.upperBound), not \(count)"
        }
    }
}

extension OptionCheck where Content == ByteCount {
    /// The sizes that S3 takes for a part.
    public static var partSize: Self {
        Self { size in
            let sizes = ByteCount(5 << 20)...ByteCount(5 << 30)
            return sizes.contains(size) ? nil : "must be from 5MiB to 5GiB, not \(size.exactText)"
        }
    }
}
