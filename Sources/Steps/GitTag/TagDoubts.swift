internal import PipelineKit
internal import SystemPackage
internal import TextCoding

/// Why a clone may lack tags that its remote has.
enum MissingTags: Sendable {
    case isShallow
    /// It was made with `--no-tags`.
    case notFetched

    /// A clause, with the command that gets them.
    var text: String {
        switch self {
        case .isShallow:
            "the clone is shallow and may lack its tags: `git fetch --unshallow --tags`, in GitHub Actions "
                + "`fetch-depth: 0` of actions/checkout"
        case .notFetched: "the clone was told not to fetch tags and may lack them: `git fetch --tags`"
        }
    }
}

/// A tag that was at a commit, or is there in the remote repository, and is elsewhere in this clone.
struct MovedTag: Sendable, Equatable {
    var tag: String
    /// What says so: "the last `git fetch`", "GITHUB_REF".
    var witness: String
    /// The commit that it is at here.
    var commit: String
}

extension GitRepository {
    /// - Returns: nil if nothing speaks for it. The remote repository is not asked.
    func missingTags() async throws -> MissingTags? {
        if isShallow { return .isShallow }
        let told = try await git.attempt(["config", "--get-regexp", #"^remote\..*\.tagopt$"#])
        return told.lines.contains { $0.hasSuffix(" --no-tags") } ? .notFetched : nil
    }

    /// The tags at descendants of a commit.
    func tags(after commit: String, _ pattern: String?) async throws -> [String] {
        try await git.lines(
            "-c", "versionsort.suffix=-", "tag", "--list", "--no-column", "--contains", commit,
            "--sort=version:refname", "--format=%(refname:lstrip=2)", "--", pattern ?? "*")
    }

    /// The tags that the last fetch, or a CI system, has at the commit, and this clone has elsewhere. `git fetch` does
    /// not move a tag that a clone has.
    ///
    /// - Parameter named: tags that a CI system names, with the variable.
    func movedTags(
        from commit: String, _ pattern: String?, named: [(variable: String, tag: String)]
    ) async throws -> [MovedTag] {
        let fetched = try await fetchedTags()
        if fetched.isEmpty && named.isEmpty { return [] }
        let lines = try await git.lines(
            "tag", "--list", "--no-column", "--format=%(objectname) %(refname:lstrip=2)", "--", pattern ?? "*")
        let here = Dictionary(
            lines.compactMap { line in
                line.firstIndex(of: " ").map { (String(line[line.index(after: $0)...]), String(line[..<$0])) }
            }, uniquingKeysWith: { first, _ in first })
        var moved: [MovedTag] = []
        func note(_ tag: String, _ witness: String, at object: String) async throws {
            guard let own = try await self.commit(of: object), own != commit else { return }
            moved.append(MovedTag(tag: tag, witness: witness, commit: own))
        }
        for (tag, object) in fetched {
            guard let own = here[tag], own != object, try await self.commit(of: object) == commit else { continue }
            try await note(tag, "the last `git fetch`", at: own)
        }
        for (variable, tag) in named where !moved.contains(where: { $0.tag == tag }) {
            if let own = here[tag] { try await note(tag, variable, at: own) }
        }
        return moved
    }

    /// What the last fetch got, by `FETCH_HEAD`: a line has the object, a remark and `tag 'v1.0.0' of …`.
    private func fetchedTags() async throws -> [(tag: String, object: String)] {
        let place = try await git.attempt(["rev-parse", "--git-path", "FETCH_HEAD"])
        guard place.status.isSuccess, let path = place.lines.first,
            let bytes = try? DurableFile.read(git.folder.pushing(FilePath(path)), limit: 16 << 20)
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("tag '") else { return nil }
            // Neither a quote nor a space ends the name by itself, but no tag has a space.
            let tag = fields[2].dropFirst("tag '".count).prefix { $0 != " " }
            return tag.hasSuffix("'") ? (String(tag.dropLast()), String(fields[0])) : nil
        }
    }

    private func commit(of object: String) async throws -> String? {
        let result = try await git.attempt(["rev-parse", "--verify", "--quiet", object + "^{commit}"])
        return result.status.isSuccess ? result.lines.first : nil
    }
}

/// The tag for which a CI system has started a job.
enum JobTag {
    private static let variables = [
        "GITHUB_REF", "CI_COMMIT_TAG", "BUILD_SOURCEBRANCH", "BITBUCKET_TAG", "BUILDKITE_TAG", "CIRCLE_TAG",
        "DRONE_TAG", "TRAVIS_TAG", "TAG_NAME",
    ]
    /// Those that hold a whole reference, of a branch or a tag.
    private static let references: Set = ["GITHUB_REF", "BUILD_SOURCEBRANCH"]

    static func named(in environment: [String: String]) -> [(variable: String, tag: String)] {
        variables.compactMap { variable in
            guard let text = environment[variable], !text.isEmpty else { return nil }
            guard references.contains(variable) else { return (variable, text) }
            let tags = "refs/tags/"
            return text.hasPrefix(tags) ? (variable, String(text.dropFirst(tags.count))) : nil
        }
    }
}
