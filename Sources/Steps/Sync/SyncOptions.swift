public import PipelineKit
public import Releases

extension Sync {
    public struct Options: StepOptions {
        @Option("the store that the release is made in") public var store: StoreURL
        @Option("the release's name", wired: true) public var version: ReleaseVersion
        @Option("the asset list of an earlier step", wired: true, unless: "source") public var assets: String?
        @Option("the folder that holds the site's files, if there is no asset list") public var source: String?
        @Option("the git commit that the site was built from", wired: true) public var commit: String?
        @Option(
            "the committer's date of that commit, by which a shallow clone tells the older one", wired: true,
            check: .timestamp)
        public var committedAt: String?
        @Option("cache-control and further headers; the first rule that matches wins, header by header")
        public var headers: [HeaderRule] = []
        @Option(
            "patterns of files whose names change with their content, besides those that bundlers name so: caches keep them a year"
        )
        public var immutable: [Glob] = []
        @Option("keys to redirect, each with a `/path` or a URL", check: .redirects)
        public var redirects: [String: String] = [:]
        @Option(
            "make each redirect a page as well, for a distribution that does not read the bucket's website endpoint")
        public var redirectPages = false
        @Option(
            "for a website endpoint behind an origin path: a redirect to `/docs/` from `docs`, for each folder with an `index.html`"
        )
        public var folderRedirects = false
        @Option("follow links that lead out of `source`") public var followLinks = false
        @Option("copy unchanged files from the previous release instead of sending them") public var reuse = true
        @Option("how the release is compared with its manifest before it counts as complete")
        public var verify = Verification.size
        @Option(
            "files to transfer at the same time, at most 512, in a folder 64; by default 4 in a folder, and as many as a bucket accepts",
            check: .workers)
        public var concurrency: Int?
        @Option("files larger than this are sent to a bucket in parts of this size", check: .partSize)
        public var partSize = ByteCount(ReleasePlan.standardPartSize)
        @Option("replace a release of this version that is complete, has other content and is not in use")
        public var overwrite = false
        @Option("keep what was uploaded when the run is rolled back, so that the next run continues from there")
        public var keepFailed = false

        public init() {}

        public static let rules: [OptionRule] = [.oneOf(["assets", "source"])]

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            if !$assets.isGiven && !$source.isGiven {
                problems.add(
                    "set one of `assets` or `source`: what the release is made of", at: mark,
                    help: "put a `hash` step before this one, or set `source` to the site's folder")
            }
            if $overwrite.known == true, let place = $overwrite.place {
                problems.warn(
                    "what `overwrite: true` replaces cannot be restored: a run that is rolled back after that ends with 3",
                    at: place,
                    help: "give new content a version of its own, such as `version: \"v1.2.3-${{ run.id }}\"`")
            }
            $headers.check(for: $store.known, problems)
            guard case .folder? = $store.known else { return }
            for case (let name, let place?) in [
                ("redirect-pages", $redirectPages.place), ("folder-redirects", $folderRedirects.place),
                ("part-size", $partSize.place),
            ] {
                problems.add(
                    "`\(name)` only applies to buckets, and `store` is a folder", at: place, help: "remove `\(name)`")
            }
            for case (let name, let place?) in [("headers", $headers.place), ("immutable", $immutable.place)] {
                problems.add(
                    "`\(name)` has no effect, because `store` is a folder, whose web server decides about headers",
                    at: place, help: "remove `\(name)`, and set the headers in the server's configuration")
            }
        }
    }

    public struct Output: StepOutputs {
        @Provided("the release's name") public var version = ""
        @Provided("files that were sent") public var uploaded = 0
        @Provided("files that were copied inside the store") public var copied = 0
        @Provided("files that were there already") public var skipped = 0
        @Provided("bytes that were sent") public var bytes = 0
        @Provided("files of the release") public var files = 0
        @Provided("where the release's manifest is") public var manifest = ""
        @Provided("whether this run made the release") public var created = false

        public init() {}
    }

    /// The state in which the version was found.
    public struct Before: Codable, Hashable, Sendable {
        public enum State: String, Codable, Sendable {
            case absent
            /// Left by an upload that was interrupted.
            case incomplete
            /// With other content, which will be overwritten.
            case complete
        }

        public var state: State
        /// How many files the release has. Older runners did not note it.
        public var files: Int?
        /// The release whose files visitors may have, by which its headers were decided. Older runners did not note it.
        public var earlier: ReleaseVersion?

        public init(state: State, files: Int? = nil, earlier: ReleaseVersion? = nil) {
            (self.state, self.files, self.earlier) = (state, files, earlier)
        }
    }
}

extension OptionCheck where Content == [String: String] {
    /// Accepts targets that S3 can redirect to.
    fileprivate static var redirects: Self {
        Self { redirects in
            for (key, target) in redirects.sorted(by: { $0.key < $1.key }) {
                if (key + target).unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                    return "has a control character in `\(SanitizedLine.clean(key))` or its target"
                }
                if key.hasPrefix("/") { return "has `\(key)`: keys have no `/` in front" }
                if key.hasSuffix("/") { return "has `\(key)`: for the page of a folder, write `\(key)index.html`" }
                if !["/", "http://", "https://"].contains(where: { target.hasPrefix($0) }) {
                    return "sends `\(key)` to `\(target)`, which is neither a `/path` nor a URL"
                }
            }
            return nil
        }
    }
}
