public import PipelineKit
public import Releases

extension Prune {
    public struct Options: StepOptions {
        @Option("the store whose old releases go") public var store: StoreURL
        @Option("good releases that stay, the newest first", check: .atLeast(1)) public var keep = 10
        @Option("a release stays as long as it is younger than this", check: .atLeast(.zero))
        public var minAge: Duration = .seconds(3_600)
        @Option("delete old releases that `runner adopt` took over as well, although another tool may write there")
        public var adopted = false

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("releases that were deleted") public var deleted = 0
        @Provided("releases that are left, complete or not") public var kept = 0
        @Provided("releases that could not be deleted; the log says why")
        public var failed = 0
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
