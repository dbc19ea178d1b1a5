internal import Logging
public import PipelineKit
internal import Releases

/// Names the release after the tag that points at the commit that is checked out.
///
/// If there are several tags, a version counts more than a word such as `latest`, and the highest version is taken by the
/// precedence of Semantic Versioning. If there is none, `fallback` decides: `describe` gives `<nearest tag>-<commits
/// since>-g<commit>`, or the commit alone if no tag precedes it; `commit` gives the first 12 digits of the commit. Both
/// add `-dirty` if the work tree has changes: what is not a commit must not take a commit's name. A tag that cannot name
/// a release counts as none.
public struct GitTag: RunOnlyStep {
    public enum Fallback: String, OptionChoice {
        case error, describe, commit
    }

    public enum Appendix: String, OptionChoice {
        case nothing = "none"
        case run
    }

    public struct Options: StepOptions {
        @Option("a folder in the git work tree, relative to the project", exposed: true, check: .notEmpty) public
            var repository = "."
        @Option(
            "a pattern of the tags to use, as in `git describe --match`; by default all that begin with `strip-prefix`",
            exposed: true)
        public var match: String?
        @Option(
            "removed from the tag to name the release: `site/` makes `v1.2.3` of `site/v1.2.3`, `@acme/web@` makes "
                + "`1.0.0` of `@acme/web@1.0.0`; tags without it are ignored", exposed: true, check: .tagPrefix)
        public var stripPrefix: String?
        @Option("what names the release if no tag points at the commit, or none that can name a release")
        public var fallback = Fallback.error
        @Option(
            "`run` adds `-` and the run's id to the name, so that every run makes a release of its own: for content that "
                + "changes without a commit")
        public var append = Appendix.nothing
        @Option("fail if the work tree has changed or untracked files") public var requireClean = false

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided(
            "the name of the release: the tag without `strip-prefix` and with `_` for `+`, or what `fallback` gives; then "
                + "what `append` adds")
        public var version = ""
        @Provided("the tag as git has it, or null if none names the release") public var tag: String? = nil
        @Provided("all digits of the commit's hash") public var commit = ""
        @Provided(
            """
            nearest tag that can name a release, commits since and commit: `v1.2.0-3-g0123456789ab`, the commit alone if \
            there is no such tag; `-dirty` follows if the work tree has changes
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
        undoing: "Nothing: the step only reads.",
        details: [
            """
            **In a plan**, git starts no program that the checkout's settings name, fetches nothing and gets nothing of the \
            step's `env`. Files that pass through a filter, such as those of Git LFS, and what is inside submodules are not \
            looked at for changes.
            """
        ],
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
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .outputs }

    public func run(in context: StepContext) async throws -> Output {
        let repository = try await GitRepository.open(
            Git(at: context.project.path(options.repository), in: context))
        let appendix = options.append == .run ? "-" + context.run.id : ""
        let naming = TagNaming(
            prefix: options.stripPrefix ?? "", room: ReleaseVersion.maximumLength - appendix.utf8.count)
        let head = try await repository.head(matching: pattern, naming)
        if options.requireClean && head.isDirty { throw refusal(ofDirty: head) }
        let (named, refused) = naming.sorted(head.tags)
        var output = Output()
        if let tag = named.first {
            try refuse(twinsOf: tag, among: named)
            tell(tag, among: named, refused, context.logger)
            if head.isDirty { context.logger.warning("the work tree has changes that are not in the tagged commit") }
            output.version = tag.name + appendix
            output.tag = tag.tag
        } else {
            if options.fallback == .error { throw try await refusal(head, refused, in: repository, naming) }
            try await warn(of: head, refused, in: repository, naming, context)
            output.version = fallbackName(head, in: naming.room) + appendix
        }
        output.commit = head.commit
        output.describe = head.describe
        output.dirty = head.isDirty
        output.date = head.date
        output.committedAt = head.committedAt
        return output
    }

    public func summary(of output: Output) -> String? {
        let commit = output.commit.prefix(12)
        // A name that `fallback` made of the commit says it already.
        let place = output.version.contains(commit.prefix(7)) ? "" : " at \(commit)"
        return output.version + place
    }

    private var pattern: String? { options.match ?? options.stripPrefix.map { $0 + "*" } }

    /// No reference ends with `/`: such a pattern says that no tag is wanted.
    private var wantsTags: Bool { pattern?.hasSuffix("/") != true }

    private func fallbackName(_ head: GitHead, in room: Int) -> String {
        let commit = head.shortCommit + (head.isDirty ? "-dirty" : "")
        // With what it adds, a tag that is short enough by itself can become too long.
        return options.fallback == .describe && head.describe.utf8.count <= room ? head.describe : commit
    }

    // MARK: - What is told

    private func tell(_ tag: ReleaseTag, among named: [ReleaseTag], _ refused: [TagNaming.Refusal], _ logger: Logger) {
        let others = named.filter { $0 != tag }.map { Self.quoted($0.tag) } + refused.map(Self.described)
        if !others.isEmpty {
            logger.info("took the tag \(Self.quoted(tag.tag)); also at this commit: \(Self.list(others))")
        }
    }

    /// Says why no tag names the release, and what speaks against that.
    private func warn(
        of head: GitHead, _ refused: [TagNaming.Refusal], in repository: GitRepository, _ naming: TagNaming,
        _ context: StepContext
    ) async throws {
        guard wantsTags else { return }
        let logger = context.logger
        if refused.isEmpty {
            logger.info("\(noTag(at: head)), so `fallback` names the release")
        } else {
            let advice = prefix(of: refused, naming).map { "; \($0) takes the beginning off" } ?? ""
            logger.notice(
                """
                no tag at this commit can name a release, so `fallback` does; passed over: \
                \(Self.list(refused.map(Self.described)))\(advice)
                """)
        }
        if let missing = try await repository.missingTags() { logger.warning("\(missing.text)") }
        let moved = try await repository.movedTags(
            from: head.commit, pattern, named: JobTag.named(in: context.environment))
        for tag in moved {
            logger.warning(
                """
                \(tag.witness) has the tag \(Self.quoted(tag.tag)) at this commit, and here it is at \(tag.commit.prefix(12)): \
                it was moved; `git fetch --tags --force` gets it as it is now
                """)
        }
        let later = try await repository.tags(after: head.commit, pattern).filter { tag in
            !head.tags.contains(tag) && !moved.contains { $0.tag == tag }
        }
        if !later.isEmpty {
            logger.warning(
                """
                this commit is older than what these tags are at: \(Self.list(later.map(Self.quoted))); if one of them was at \
                it, the tag was moved
                """)
        }
    }

    private static func quoted(_ tag: String) -> String { "`\(SanitizedLine.clean(tag))`" }

    private static func described(_ refusal: TagNaming.Refusal) -> String {
        "\(quoted(refusal.tag)) (cannot name a release: it \(refusal.reason))"
    }

    private static func list(_ texts: [String]) -> String {
        texts.prefix(5).joined(separator: ", ") + (texts.count > 5 ? " and \(texts.count - 5) more" : "")
    }

    // MARK: - Why it fails

    private func refuse(twinsOf tag: ReleaseTag, among named: [ReleaseTag]) throws {
        guard let twin = named.first(where: { $0.name == tag.name && $0 != tag }) else { return }
        throw StepError(
            "ambiguous-tags",
            "the tags \(Self.quoted(tag.tag)) and \(Self.quoted(twin.tag)) at this commit both name the release \(tag.name)",
            help: "the name of a release has `_` for `+`: delete one of the tags, or choose one with `match`")
    }

    private func refusal(
        _ head: GitHead, _ refused: [TagNaming.Refusal], in repository: GitRepository, _ naming: TagNaming
    ) async throws -> StepError {
        guard let first = refused.first else {
            let next = naming.next(after: try await repository.allTags(pattern), matching: pattern)
            return noTag(head, try await repository.missingTags(), next: next)
        }
        let message =
            refused.count == 1
            ? "the tag \(Self.quoted(first.tag)) cannot name a release: it \(first.reason)"
            : "none of the tags at the commit \(head.shortCommit) can name a release: "
                + Self.list(refused.map { "\(Self.quoted($0.tag)) \($0.reason)" })
        return StepError(
            "bad-version", message,
            help:
                "a name has letters, digits, `.`, `_` and `-`, and starts with a letter or digit: tag the commit with "
                + "such a name, choose other tags with `match`, "
                + (prefix(of: refused, naming).map { "take the beginning off with \($0), " } ?? "")
                + "or set `fallback: commit`")
    }

    /// The option that takes the name of a part of the repository off a tag; nil if none has such a name in front.
    private func prefix(of refused: [TagNaming.Refusal], _ naming: TagNaming) -> String? {
        refused.lazy.compactMap { naming.prefix(of: $0.tag) }.first.map { "`strip-prefix: \(Value.text($0).json)`" }
    }

    private func refusal(ofDirty head: GitHead) -> StepError {
        let shown = head.changes.prefix(5).map { "`\(SanitizedLine.clean($0))`" }.joined(separator: ", ")
        let more = head.changes.count > 5 ? " and \(head.changes.count - 5) more" : ""
        return StepError(
            "dirty-work-tree", "the work tree has changes that are in no commit: \(shown)\(more)",
            help: "commit them, put them away with `git stash -u`, or list what the build makes in .gitignore")
    }

    private func noTag(at head: GitHead) -> String {
        let pattern = pattern.map { " that matches `\($0)`" } ?? ""
        let nearest =
            head.nearest.map {
                ", which is \($0.distance) commit\($0.distance == 1 ? "" : "s") after \(Self.quoted($0.tag))"
            } ?? ""
        return "no tag\(pattern) points at the commit \(head.shortCommit)\(nearest)"
    }

    /// - Parameter next: a tag that could be made; nil if the pattern tells none.
    private func noTag(_ head: GitHead, _ missing: MissingTags?, next: String?) -> StepError {
        let fallback = "set `fallback: describe` or `fallback: commit`"
        let advice = next.map { "tag it with `git tag \(ShellWord.quoted($0))`, or \(fallback)" } ?? fallback
        return StepError("no-tag", noTag(at: head), help: missing.map { "\($0.text). Else \(advice)" } ?? advice)
    }
}

extension OptionCheck where Content == String? {
    /// Refuses what is a pattern: no tag has such characters.
    fileprivate static var tagPrefix: Self {
        Self { prefix in
            guard let prefix else { return nil }
            if prefix.isEmpty { return "must not be empty" }
            guard let odd = prefix.first(where: { " ~^:?*[\\".contains($0) }) else { return nil }
            return "has `\(odd)`, which no tag has: it is the beginning itself, and no pattern"
        }
    }
}
