public import PipelineKit
public import Releases

extension Mirror {
    public struct Options: StepOptions {
        @Option("the asset list of an earlier step", wired: true, unless: "source") public var assets: String?
        @Option("the folder that holds the files, where there is no asset list") public var source: String?
        @Option("the folder that is brought up to date: a path, or `file:///srv/www/downloads`", check: .folder)
        public var to: StoreURL
        @Option("delete files of the folder that the source does not have") public var delete = false
        @Option("go on where the source has no file; with `delete` everything then goes")
        public var allowEmpty = false
        @Option("patterns of the files to take; none takes all") public var include: [Glob] = []
        @Option("patterns of files that are neither written nor deleted") public var exclude: [Glob] = []

        public init() {}

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            if !$assets.isGiven && !$source.isGiven {
                problems.add(
                    "neither `assets` nor `source` is there: what is to be mirrored", at: mark,
                    help: "put a `hash` step before this one, or set `source` to a folder")
            }
        }
    }

    public struct Output: StepOutputs {
        @PipelineKit.Output("files that were written") public var uploaded = 0
        @PipelineKit.Output("files that were as they should be") public var skipped = 0
        @PipelineKit.Output("files that were deleted") public var deleted = 0
        @PipelineKit.Output("bytes that were written") public var bytes = 0

        public init() {}
    }
}

extension OptionCheck where Content == StoreURL {
    static var folder: Self {
        Self { if case .bucket = $0 { "cannot be in a bucket: this runner mirrors into folders only" } else { nil } }
    }
}
