public import PipelineKit
public import Releases

extension Mirror {
    public struct Options: StepOptions {
        @Option("the asset list of an earlier step", wired: true, unless: "source") public var assets: String?
        @Option("the folder that holds the files, if there is no asset list") public var source: String?
        @Option("the target: a folder, or a bucket's prefix such as `s3://bucket/downloads`")
        public var to: StoreURL
        @Option("delete files there that the source does not have") public var delete = false
        @Option("continue if the source has no file; with `delete`, everything in the target is then deleted")
        public var allowEmpty = false
        @Option("patterns of the files to take; an empty list takes all") public var include: [Glob] = []
        @Option("patterns of files that are neither written nor deleted") public var exclude: [Glob] = []
        @Option("follow links that lead out of `source`") public var followLinks = false

        @Option("cache-control and further headers of a bucket's objects; the first rule that matches wins")
        public var headers: [HeaderRule] = []
        @Option(
            "objects to transfer at the same time, at most 512; by default as many as the bucket accepts",
            check: .workers)
        public var concurrency: Int?
        @Option("files larger than this are sent to a bucket in parts of this size", check: .partSize)
        public var partSize = ByteCount(ReleasePlan.standardPartSize)

        public init() {}

        public static let rules: [OptionRule] = [.oneOf(["assets", "source"])]

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            if !$assets.isGiven && !$source.isGiven {
                problems.add(
                    "set one of `assets` or `source`: what to mirror", at: mark,
                    help: "put a `hash` step before this one, or set `source` to a folder")
            }
            $headers.check(for: $to.known, problems)
            guard case .folder? = $to.known else { return }
            for case (let name, let place?) in [
                ("headers", $headers.place), ("concurrency", $concurrency.place), ("part-size", $partSize.place),
            ] {
                problems.add(
                    "`\(name)` only applies to buckets, and `to` is a folder", at: place, help: "remove `\(name)`")
            }
        }
    }

    public struct Output: StepOutputs {
        @Provided("files that were written") public var uploaded = 0
        @Provided("files that were as they should be") public var skipped = 0
        @Provided("files that were deleted") public var deleted = 0
        @Provided("bytes that were written") public var bytes = 0

        public init() {}
    }
}
