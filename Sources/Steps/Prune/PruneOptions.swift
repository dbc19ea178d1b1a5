public import PipelineKit
public import Releases

extension Prune {
    public struct Options: StepOptions {
        @Option("the store whose old releases are deleted") public var store: StoreURL
        @Option("how many good releases are kept, the newest first", check: .atLeast(1)) public var keep = 10
        @Option("releases younger than this are kept", check: .atLeast(.zero))
        public var minAge: Duration = .seconds(3_600)
        @Option(
            "delete old releases that `\(ProgramName.current) adopt` made too, although another tool may write there")
        public var adopted = false

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("releases that were deleted") public var deleted = 0
        @Provided("releases that are left, complete or not") public var kept = 0
        @Provided("releases that could not be deleted; the log says why")
        public var failed = 0
        /// Releases that are left because they are younger than `min-age`.
        var young = 0
        @Provided("bytes that are free now; nothing for files that another release shares")
        public var bytes = 0

        public init() {}
    }

    public struct Before: Codable, Hashable, Sendable {
        /// The releases that were to be deleted, the oldest first.
        public var doomed: [Doomed]

        public struct Doomed: Codable, Hashable, Sendable {
            public var version: ReleaseVersion
            /// What deleting it would free, in bytes.
            public var bytes: Int

            public init(version: ReleaseVersion, bytes: Int) {
                self.version = version
                self.bytes = bytes
            }
        }

        public init(doomed: [Doomed]) {
            self.doomed = doomed
        }
    }
}
