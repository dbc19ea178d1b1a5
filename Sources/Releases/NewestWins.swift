public import FoundationEssentials

/// Decides whether a release may replace the live one. An older one never does so unasked: if two deploys overtake each
/// other, the newer one stays live.
///
/// What git knows of the two commits decides. If git cannot tell, the committers' dates decide. If neither commit comes
/// after the other, or the dates do not decide, the start times of the runs do.
public struct NewestWins: Sendable {
    /// One side of the comparison.
    public struct Side: Hashable, Sendable {
        public var version: ReleaseVersion
        public var commit: String?
        /// The committer's date.
        public var committedAt: Date?
        /// When the run that deploys or deployed it began; ISO 8601, UTC.
        public var runStartedAt: String?

        public init(version: ReleaseVersion, commit: String?, committedAt: Date?, runStartedAt: String?) {
            self.version = version
            self.commit = commit
            self.committedAt = committedAt
            self.runStartedAt = runStartedAt
        }
    }

    public enum Decision: Hashable, Sendable {
        case allowed(reason: String)
        /// It is allowed, but nothing shows that it is the newer one: worth a warning.
        case unproven(reason: String, help: String?)
        /// - help: what lets git decide instead.
        case refused(reason: String, help: String?)
    }

    /// What git says of the first of two commits.
    public enum Ancestry: Hashable, Sendable {
        case ancestor
        /// The whole history is there, and the commit is not an ancestor.
        case notAncestor
        /// Git cannot tell. `reason` says why, as a part of a sentence, and `help` what lets it tell.
        case unknown(reason: String, help: String?)
    }

    /// Finds out whether the first commit is an ancestor of the second.
    public typealias AncestryCheck = @Sendable (_ older: String, _ newer: String) async throws -> Ancestry

    private let now: Date
    private let clock: String
    private let ancestry: AncestryCheck

    /// Two clocks that are set right differ by no more, in seconds.
    private static let tolerance: Double = 600

    /// - Parameters:
    ///   - now: What the live side has from later cannot be right, and does not decide: some machine's clock was wrong
    ///     once, and nothing would be newer than that for years.
    ///   - clock: whose clock says so, for messages.
    public init(now: Date, by clock: String, ancestry: @escaping AncestryCheck) {
        (self.now, self.clock) = (now, clock)
        self.ancestry = ancestry
    }

    public func decide(_ new: Side, over live: Side?) async throws -> Decision {
        guard let live else { return .allowed(reason: "no release of this store is live") }
        if new.version == live.version { return .allowed(reason: "it is live") }
        switch try await order(new, live) {
        case .older:
            return .refused(
                reason: "its commit \(new.shortCommit) is an ancestor of \(live.shortCommit), the live one's", help: nil
            )
        case .newer:
            return .allowed(reason: "its commit \(new.shortCommit) comes after \(live.shortCommit), the live one's")
        case .none: return byRuns(new, live, nil)
        case .unknown(let doubt): return byDates(new, live, doubt)
        }
    }

    private enum Order {
        case older, newer
        /// Neither comes after the other.
        case none
        case unknown(Doubt)
    }

    /// Why the commits do not decide, as a part of a sentence, and what lets git tell.
    private struct Doubt {
        var reason: String
        var help: String?
    }

    private func order(_ new: Side, _ live: Side) async throws -> Order {
        guard let commit = new.commit, let liveCommit = live.commit else {
            // A site outside git has neither commits nor dates that could be missing.
            if new.isOutsideGit && live.isOutsideGit { return .none }
            return .unknown(Doubt(reason: "the commit of \((new.commit == nil ? new : live).version) is not known"))
        }
        if commit == liveCommit { return .none }
        let forward = try await ancestry(commit, liveCommit)
        if forward == .ancestor { return .older }
        let backward = try await ancestry(liveCommit, commit)
        if backward == .ancestor { return .newer }
        for case .unknown(let reason, let help) in [forward, backward] {
            return .unknown(Doubt(reason: reason, help: help))
        }
        return .none
    }

    private func isToCome(_ date: Date?) -> Bool { date.map { $0.timeIntervalSince(now) > Self.tolerance } ?? false }

    private func byDates(_ new: Side, _ live: Side, _ doubt: Doubt) -> Decision {
        var doubt = doubt
        guard let date = new.committedAt, let liveDate = live.committedAt else {
            doubt.reason += ", and \((new.committedAt == nil ? new : live).version) has no commit date"
            return byRuns(new, live, doubt)
        }
        if isToCome(liveDate) {
            doubt.reason +=
                ", and the commit of \(live.version) has the date \(liveDate.timestamp), which is still to come by \(clock)"
            return byRuns(new, live, doubt)
        }
        let reason =
            "\(new.version) was committed at \(date.timestamp) and \(live.version) at \(liveDate.timestamp); the dates "
            + "decide, since \(doubt.reason)"
        if date < liveDate { return .refused(reason: reason, help: doubt.help) }
        if date > liveDate { return .allowed(reason: reason) }
        doubt.reason += ", and both were committed at \(date.timestamp)"
        return byRuns(new, live, doubt)
    }

    private func byRuns(_ new: Side, _ live: Side, _ doubt: Doubt?) -> Decision {
        let since = doubt.map { "; which commit is newer is not known, since \($0.reason)" } ?? ""
        guard let began = new.runStartedAt, let liveBegan = live.runStartedAt else {
            return .unproven(reason: "nothing tells which of the two is newer" + since, help: doubt?.help)
        }
        if isToCome(Date(timestamp: liveBegan)) {
            return .unproven(
                reason:
                    "the run that deployed \(live.version) began at \(liveBegan), which is still to come by \(clock)"
                    + since,
                help: doubt?.help)
        }
        if began < liveBegan {
            return .refused(
                reason:
                    "this run began at \(began), before the run that deployed \(live.version) (\(liveBegan)), by \(clock)"
                    + since,
                help: doubt?.help)
        }
        let reason = "this run began after the one that deployed \(live.version)" + since
        return doubt == nil ? .allowed(reason: reason) : .unproven(reason: reason, help: doubt?.help)
    }
}

extension NewestWins.Side {
    fileprivate var shortCommit: String { commit.map { String($0.prefix(12)) } ?? "" }
    fileprivate var isOutsideGit: Bool { commit == nil && committedAt == nil }
}
