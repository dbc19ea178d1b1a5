internal import FoundationEssentials
internal import Glibc
internal import PipelineKit
internal import SystemPackage
internal import TextCoding

/// A git repository, read by commands whose output is meant for programs.
struct GitRepository: Sendable {
    let git: Git
    let isShallow: Bool
    /// False in a bare repository, which has no files that could be changed.
    private let hasWorkTree: Bool

    /// - Throws: `StepError` `git-missing`, `no-repository`, `foreign-repository`.
    static func open(_ git: Git) async throws -> GitRepository {
        let question = ["rev-parse", "--is-shallow-repository", "--is-inside-work-tree"]
        let result = try await git.attempt(question)
        if result.status.isSuccess && result.lines.count == 2 {
            return GitRepository(
                git: git, isShallow: result.lines[0] == "true", hasWorkTree: result.lines[1] == "true")
        }
        // Git has one exit status for all refusals. Without its check of the owner, it shows which one this is.
        let unchecked = try await git.attempt(["-c", "safe.directory=*"] + question)
        if unchecked.status.isSuccess {
            throw foreign(git)
        }
        throw StepError(
            "no-repository", "\(git.folder) is in no git repository: \(result.complaint)",
            help:
                "set `repository` to the work tree's folder; in CI, check the project out with git. For files without git, "
                + "leave the step out and name the release by `version`, such as `version: \"${{ env.COMMIT }}\"`"
        )
    }

    /// Git wants the top of the checkout to be named, by its real path.
    private static func foreign(_ git: Git) -> StepError {
        let resolved = realpath(git.folder.string, nil)
        defer { free(resolved) }
        let real = resolved.map { FilePath(platformString: $0) } ?? git.folder
        let top = GitCheckout.top(around: real) ?? real
        let word = ShellWord.quoted(top.string)
        return StepError(
            "foreign-repository", "git refuses the repository at \(top): it belongs to another user",
            help: "if you trust it: "
                + (git.hasHome
                    ? "`git config --global --add safe.directory \(word)`"
                    : "HOME is not set, so tell git by the environment: "
                        + "`export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=\(word)`; "
                        + "or for every user, as root: "
                        + "`git config --system --add safe.directory \(word)`"))
    }

    /// - Parameters:
    ///   - pattern: of the tags to look at; nil looks at all.
    ///   - naming: tells which tags can be the nearest one.
    /// - Throws: `StepError` `no-commits`.
    func head(matching pattern: String?, _ naming: TagNaming) async throws -> GitHead {
        let commit = try await git.attempt(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        guard commit.status.isSuccess, let hash = commit.lines.first else {
            throw StepError(
                "no-commits", "the repository at \(git.folder) has no commit yet",
                help: "make one with `git add -A && git commit -m first`"
                    + (naming.next(after: [], matching: pattern).map {
                        ", then tag it with `git tag \(ShellWord.quoted($0))`"
                    } ?? ""))
        }
        let dates = try await git.lines("log", "-1", "--no-show-signature", "--format=%cI%n%ct", hash)
        return GitHead(
            commit: hash, date: dates.first ?? "", committedAt: dates.dropFirst().first.flatMap(Self.date),
            tags: try await tags(at: hash, pattern),
            nearest: try await nearest(to: hash, pattern, naming), changes: try await changes())
    }

    /// - Parameter seconds: since 1970. Nil if ISO 8601 cannot express them in its usual form.
    private static func date(_ seconds: String) -> String? {
        guard let seconds = Int(seconds), (0...253_402_300_799).contains(seconds) else { return nil }
        return Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }

    private func tags(at commit: String, _ pattern: String?) async throws -> [String] {
        // Without the suffix, `v1.0.0-rc1` would count as higher than `v1.0.0`.
        try await git.lines(
            "-c", "versionsort.suffix=-", "tag", "--list", "--no-column", "--points-at", commit,
            "--sort=-version:refname", "--format=%(refname:lstrip=2)", "--", pattern ?? "*")
    }

    /// All tags that match a pattern, at whatever commits.
    func allTags(_ pattern: String?) async throws -> [String] {
        try await git.lines(
            "tag", "--list", "--no-column", "--sort=refname", "--format=%(refname:lstrip=2)", "--", pattern ?? "*")
    }

    private func nearest(
        to commit: String, _ pattern: String?, _ naming: TagNaming
    ) async throws -> GitHead.Nearest? {
        let pattern = pattern ?? "*"
        guard let first = try await describe(commit, ["--match", pattern]) else { return nil }
        if let name = naming.named(first.tag)?.name {
            return .init(tag: first.tag, name: name, distance: first.distance)
        }
        // Git cannot tell which tags name releases, so it gets them one by one: no tag has a character that patterns
        // give a meaning.
        let tags = try await git.lines(
            "tag", "--list", "--no-column", "--merged", commit, "--format=%(refname:lstrip=2)", "--", pattern)
        let named = tags.filter { naming.named($0) != nil }
        if named.isEmpty { return nil }
        let others = tags.filter { naming.named($0) == nil }
        let selection =
            named.count < others.count
            ? named.flatMap { ["--match", $0] } : ["--match", pattern] + others.flatMap { ["--exclude", $0] }
        guard let next = try await describe(commit, selection), let name = naming.named(next.tag)?.name else {
            return nil
        }
        return .init(tag: next.tag, name: name, distance: next.distance)
    }

    private func describe(_ commit: String, _ selection: [String]) async throws -> (tag: String, distance: Int)? {
        let lines = try await git.lines(
            ["describe", "--tags", "--always", "--long", "--abbrev=12"] + selection + [commit])
        return lines.first.flatMap(GitHead.parts(ofDescribe:))
    }

    private func changes() async throws -> [String] {
        guard hasWorkTree else { return [] }
        let status = ["status", "--porcelain=v1", "--no-renames", "--untracked-files=normal"]
        guard git.isOfPlan else { return try await git.lines(status) }
        let filters = try await filters()
        return try await git.lines(
            filters.flatMap(Self.withoutFilter) + status + ["--ignore-submodules=dirty"] + Self.unfiltered(filters))
    }

    /// The names of the filters that the settings have: git runs one to see whether a file has changed.
    private func filters() async throws -> [String] {
        let question = ["config", "--name-only", "--get-regexp", #"^filter\."#]
        let result = try await git.attempt(question)
        // It ends with 1 if there is none.
        if result.status == .exited(1) { return [] }
        let keys = result.status.isSuccess ? result.lines : try await git.lines(question)
        let names = Set(
            keys.compactMap { key in key.lastIndex(of: ".").map { String(key[..<$0].dropFirst("filter.".count)) } })
        if let odd = names.first(where: { $0.utf8.contains(UInt8(ascii: "=")) }) {
            throw StepError(
                "odd-filter",
                "the settings of git in \(git.folder) have a filter `\(SanitizedLine.clean(odd))`, and a plan "
                    + "cannot turn off one with `=` in its name", help: "rename it, there and in .gitattributes")
        }
        return names.sorted()
    }

    /// Settings that turn a filter off.
    private static func withoutFilter(_ name: String) -> [String] {
        ["clean=", "process=", "required=false"].flatMap { ["-c", "filter.\(name).\($0)"] }
    }

    /// What to look at: everything but the files of the filters, which would count as changed without them.
    private static func unfiltered(_ filters: [String]) -> [String] {
        let known = filters.filter { $0.utf8.allSatisfy { $0.isASCIIAlphanumeric || [0x2D, 0x5F].contains($0) } }
        return known.isEmpty ? [] : ["--", ":/"] + known.map { ":(top,exclude,attr:filter=\($0))" }
    }
}
