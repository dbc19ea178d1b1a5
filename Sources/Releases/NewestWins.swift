/// Decides whether a release may take the place of the live one: an older one never does unasked, so that two deploys
/// that overtake each other leave the newer one live.
public struct NewestWins: Sendable {
    /// One side of the comparison.
    public struct Side: Hashable, Sendable {
        public var version: ReleaseVersion
        public var commit: String?
        /// When the run that deploys or deployed it began; ISO 8601, UTC.
        public var runStartedAt: String?

        public init(version: ReleaseVersion, commit: String?, runStartedAt: String?) {
            self.version = version
            self.commit = commit
            self.runStartedAt = runStartedAt
        }
    }

    public enum Decision: Hashable, Sendable {
        case allowed(reason: String)
        case refused(reason: String)
    }

    /// Whether the first commit is an ancestor of the second; nil where git cannot tell.
    public typealias Ancestry = @Sendable (_ older: String, _ newer: String) async throws -> Bool?

    private let isAncestor: Ancestry

    public init(isAncestor: @escaping Ancestry) {
        self.isAncestor = isAncestor
    }

    public func decide(_ new: Side, over live: Side?) async throws -> Decision {
        guard let live else { return .allowed(reason: "no release of this store is live") }
        if new.version == live.version { return .allowed(reason: "it is live") }
        if let decision = try await byCommit(new, live) { return decision }
        guard let began = new.runStartedAt, let liveBegan = live.runStartedAt else {
            return .allowed(reason: "nothing tells which of the two is newer")
        }
        if began < liveBegan {
            return .refused(
                reason: "this run began at \(began), before the run that deployed \(live.version) (\(liveBegan))")
        }
        return .allowed(reason: "this run began after the one that deployed \(live.version)")
    }

    /// - Returns: nil where the commits do not say.
    private func byCommit(_ new: Side, _ live: Side) async throws -> Decision? {
        guard let commit = new.commit, let liveCommit = live.commit, commit != liveCommit else { return nil }
        if try await isAncestor(commit, liveCommit) == true {
            return .refused(
                reason: "its commit \(commit.prefix(12)) is an ancestor of \(liveCommit.prefix(12)), the live one's")
        }
        if try await isAncestor(liveCommit, commit) == true {
            return .allowed(
                reason: "its commit \(commit.prefix(12)) comes after \(liveCommit.prefix(12)), the live one's")
        }
        return nil
    }
}
