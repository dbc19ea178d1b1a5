internal import Logging
public import PipelineKit
internal import Releases

/// Names the release after the tag that points at the commit that is checked out.
///
/// If there are several tags, the highest version is taken; a pre-release (`v1.0.0-rc1`) counts below its release. If
/// there is none, `fallback` decides: `describe` gives `<nearest tag>-<commits since>-g<commit>`, or the commit alone
/// if no tag precedes it; `commit` gives the first 12 digits of the commit. Both add `-dirty` if the work tree has
/// changes: what is not a commit must not take a commit's name.
public struct GitTag: RunOnlyStep {
    public enum Fallback: String, OptionChoice {
        case error, describe, commit
    }

    public struct Options: StepOptions {
        @Option("a folder in the git work tree, relative to the project", check: .notEmpty) public var repository = "."
        @Option("a pattern of the tags to look at, as `git describe --match` takes it") public var match: String?
        @Option("what names the release where no tag points at the commit") public var fallback = Fallback.error
        @Option("refuses a work tree with changed or untracked files") public var requireClean = false

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("the name of the release: the tag, or what `fallback` gives") public var version = ""
        @Provided("the tag, or null where none points at the commit") public var tag: String? = nil
        @Provided("all digits of the commit's hash") public var commit = ""
        @Provided(
            """
            nearest tag, commits since and commit: `v1.2.0-3-g0123456789ab`, the commit alone if there is no tag; `-dirty` \
            follows if the work tree has changes
            """)
        public var describe = ""
        @Provided("whether files are changed or untracked") public var dirty = false
        @Provided("when it was committed, such as `2026-01-31T12:00:00+01:00`") public var date = ""
        @Provided("the same in UTC, such as `2026-01-31T11:00:00Z`; null if the commit has no date")
        public var committedAt: String? = nil

        public init() {}
    }

    public static let kind = StepKind(
        "git-tag", "names the release after the commit's tag",
        undoing: "Nothing: it only looks.",
        example: """
            - id: tag
              uses: git-tag
              with: { match: "v*", fallback: commit }
            """)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .local }

    public func run(in context: StepContext) async throws -> Output {
        let repository = try await GitRepository.open(
            Git(at: context.project.path(options.repository), in: context))
        let head = try await repository.head(matching: options.match)
        if options.requireClean && head.isDirty { throw refusal(ofDirty: head) }
        let tag = try choose(among: head, logger: context.logger)
        if tag != nil && head.isDirty {
            context.logger.warning("the work tree has changes that are not in the tagged commit")
        }
        var output = Output()
        output.version = try tag ?? fallbackVersion(head)
        output.tag = tag
        output.commit = head.commit
        output.describe = head.describe
        output.dirty = head.isDirty
        output.date = head.date
        output.committedAt = head.committedAt
        return output
    }

    private func choose(among head: GitHead, logger: Logger) throws -> String? {
        let candidates = head.tags.filter { ReleaseVersion.problem(with: $0) == nil }
        guard let tag = candidates.first else {
            if let refused = head.tags.first { throw refusal(of: "tag", refused) }
            if options.fallback == .error { throw noTag(head) }
            return nil
        }
        let others = head.tags.filter { $0 != tag }
        if !others.isEmpty {
            let names = others.map { "`\(SanitizedLine.clean($0))`" }.joined(separator: ", ")
            logger.info("took the tag `\(tag)`; also at this commit: \(names)")
        }
        return tag
    }

    private func fallbackVersion(_ head: GitHead) throws -> String {
        switch options.fallback {
        case .describe:
            if let nearest = head.nearest, ReleaseVersion.problem(with: head.describe) != nil {
                throw refusal(of: "nearest tag", nearest.tag)
            }
            return head.describe
        case .error, .commit: return head.shortCommit + (head.isDirty ? "-dirty" : "")
        }
    }

    private func refusal(of what: String, _ name: String) -> StepError {
        // A tag that is short enough by itself can become too long with what `describe` adds.
        let reason = ReleaseVersion.problem(with: name) ?? "is too long"
        return StepError(
            "bad-version", "the \(what) `\(SanitizedLine.clean(name))` cannot name a release: it \(reason)",
            help:
                "a name has letters, digits, `.`, `_` and `-`, and starts with a letter or digit: tag the commit with "
                + "such a name, or choose other tags with `match`")
    }

    private func refusal(ofDirty head: GitHead) -> StepError {
        let shown = head.changes.prefix(5).map { "`\(SanitizedLine.clean($0))`" }.joined(separator: ", ")
        let more = head.changes.count > 5 ? " and \(head.changes.count - 5) more" : ""
        return StepError(
            "dirty-work-tree", "the work tree has changes that are in no commit: \(shown)\(more)",
            help: "commit them, put them away with `git stash -u`, or list what the build makes in .gitignore")
    }

    private func noTag(_ head: GitHead) -> StepError {
        let pattern = options.match.map { " that matches `\($0)`" } ?? ""
        let nearest =
            head.nearest.map {
                ", which is \($0.distance) commit\($0.distance == 1 ? "" : "s") after `\(SanitizedLine.clean($0.tag))`"
            } ?? ""
        let message = "no tag\(pattern) points at the commit \(head.shortCommit)\(nearest)"
        let advice = "tag it with `git tag v1.2.3`, or set `fallback: describe` or `fallback: commit`"
        let help =
            head.isShallow
            ? "the clone is shallow and may lack its tags: `git fetch --unshallow --tags`, in GitHub Actions "
                + "`fetch-depth: 0` of actions/checkout. Else \(advice)"
            : advice
        return StepError("no-tag", message, help: help)
    }
}
