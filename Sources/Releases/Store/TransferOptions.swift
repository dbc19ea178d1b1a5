public import PipelineKit

extension OptionCheck where Content == Int? {
    /// How many files are at work at the same time.
    public static var workers: Self {
        Self { count in
            guard let count, !(1...64).contains(count) else { return nil }
            return "must be from 1 to 64, not \(count)"
        }
    }
}

extension OptionCheck where Content == ByteCount {
    /// What S3 takes for a part.
    public static var partSize: Self {
        Self { size in
            let sizes = ByteCount(5 << 20)...ByteCount(5 << 30)
            return sizes.contains(size) ? nil : "must be from 5 MiB to 5 GiB, not \(size.text)"
        }
    }
}
