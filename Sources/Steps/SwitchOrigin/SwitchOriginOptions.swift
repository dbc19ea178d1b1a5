public import PipelineKit
public import Releases

extension SwitchOrigin {
    public struct Options: StepOptions {
        @Option("the store whose release goes live") public var store: StoreURL
        @Option("the release to go live", wired: true) public var version: ReleaseVersion
        @Option("the name of the link in the store's folder that the web server serves", check: .linkName)
        public var current = "current"
        @Option("replace a newer release by an older one, as going back does; a hold does not stop it either")
        public var allowOlder = false

        public init() {}
    }

    public struct Output: StepOutputs {
        @PipelineKit.Output("whether viewers get another release than before") public var changed = false
        @PipelineKit.Output("the release that was live before") public var previous: String? = nil
        @PipelineKit.Output("the link") public var path = ""

        public init() {}
    }

    public struct Before: Codable, Hashable, Sendable {
        /// Nil where there was no link.
        public var previous: ReleaseVersion?

        public init(previous: ReleaseVersion?) {
            self.previous = previous
        }
    }
}
