public import AWS
public import PipelineKit
public import Releases

extension SwitchOrigin {
    public struct Options: StepOptions {
        @Option("the store whose release goes live") public var store: StoreURL
        @Option("the release to go live", wired: true) public var version: ReleaseVersion
        @Option("the git commit of the release, if no manifest tells it yet, as in a plan", wired: true)
        public var commit: String?
        @Option("the committer's date of that commit", wired: true, check: .timestamp) public var committedAt: String?
        @Option("the distribution that serves a store in a bucket") public var distribution: DistributionID?
        @Option("the id of the origin to switch, if the distribution has several on S3", check: .notBlank)
        public var origin: String?
        @Option("the name of the link in the store's folder that the web server serves", check: .linkName)
        public var current = "current"
        @Option("files that the live and the new release share, for pages that are already open")
        public var overlap: OverlapOptions?
        @Option("wait until every edge of the distribution has the release") public var wait = true
        @Option("what a rollback drops from the distribution's caches after the previous release is back")
        public var invalidateOnRollback = RollbackPaths.everything
        @Option("allow an older release to replace a newer one, as a rollback does; a hold does not stop it either")
        public var allowOlder = false
        @Option("put the store on hold once the release is live: later deploys stop until `runner unhold`")
        public var hold = false

        public init() {}

        var pointer: PointerSelection {
            PointerSelection(store, distribution: distribution, origin: origin, link: current)
        }

        var builtFrom: BuiltFrom { BuiltFrom(commit: commit, committedAt: committedAt) }

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            guard let store = $store.known else { return }
            switch store {
            case .folder:
                if $distribution.isGiven {
                    add(PointerSelection.folderWithDistribution, problems, $distribution.place ?? mark)
                }
            case .bucket:
                if !$distribution.isGiven { add(PointerSelection.bucketWithoutDistribution, problems, mark) }
                if $current.isGiven {
                    problems.add(
                        "`current` is set, but the store is a bucket, which has no links", at: $current.place ?? mark,
                        help: "remove it: `distribution` says what is switched")
                }
            }
        }

        private func add(_ error: StepError, _ problems: ProblemList, _ mark: SourceMark) {
            problems.add(error.message, at: mark, help: error.help)
        }
    }

    public struct Output: StepOutputs {
        @Provided("whether visitors get another release than before, or one whose earlier switch was not finished")
        public var changed = false
        @Provided("the release that was live before") public var previous: String? = nil
        @Provided("the link, or the origin path of the release") public var path = ""

        public init() {}
    }

    public struct Before: Codable, Hashable, Sendable {
        /// What was there before. A rollback requires as much, and no more.
        public enum Found: String, Codable, Sendable {
            /// A release with a manifest.
            case release
            /// Files of another tool: a release without a manifest, or something outside the store's releases.
            case foreign
            /// A link or path that leads to nothing.
            case nothing
        }

        /// The release that the pointer was at; nil if it was at none of the store's.
        public var previous: ReleaseVersion?
        /// The origin path that the distribution had; nil for links.
        public var path: String?
        /// What the link held; nil for distributions, and if there was no link. Older runners did not note it.
        public var link: LinkText?
        /// Nil if there was no pointer. Older runners did not note it.
        public var found: Found?
        /// The id of the distribution's origin.
        public var origin: String?
        /// The switch to `previous`, if it is unfinished. Older runners did not note it.
        public var unfinished: UnfinishedSwitch?

        public init(
            previous: ReleaseVersion?, path: String? = nil, link: LinkText? = nil, found: Found? = nil,
            origin: String? = nil, unfinished: UnfinishedSwitch? = nil
        ) {
            self.previous = previous
            self.path = path
            self.link = link
            self.found = found
            self.origin = origin
            self.unfinished = unfinished
        }

        init(_ state: PointerState, _ found: Found?, origin: String?, unfinished: UnfinishedSwitch?) {
            self.init(
                previous: state.version, path: state.path, link: state.link, found: found, origin: origin,
                unfinished: unfinished)
        }

        var state: PointerState { PointerState(version: previous, path: path, link: link) }
    }
}

extension OptionCheck where Content == String? {
    static var notBlank: Self {
        Self(schema: ["minLength": 1]) { $0?.isEmpty == true ? "must not be empty" : nil }
    }
}
