import FoundationEssentials
import Releases
import Testing

@Suite struct NewestWinsTests {
    enum Git: String, Sendable, CaseIterable { case newIsAncestor, liveIsAncestor, diverged, shallow, notAsked }
    enum Verdict: Sendable { case allowed, unproven, refused }

    struct Row: Sendable, CustomTestStringConvertible {
        var git: Git
        var commits: (new: String?, live: String?) = ("aaa", "bbb")
        var dates: (new: Date?, live: Date?)
        var began: (new: String?, live: String?)
        var verdict: Verdict
        /// Parts of the message.
        var says: [String]
        var testDescription: String { "\(git) \(commits) \(dates) \(began)" }
    }

    private static let (early, late) = ("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z")
    private static let (old, new) = (Date(timestamp: "2025-05-01T10:00:00Z"), Date(timestamp: "2025-05-02T10:00:00Z"))
    /// 2026-02-01T00:00:00Z
    private static let now = Date(timeIntervalSince1970: 1_769_904_000)
    private static let clocks: [(new: String?, live: String?)] = [
        (early, late), (late, early), (late, late), (early, nil), (nil, early),
    ]
    private static let allDates: [(new: Date?, live: Date?)] = [
        (old, new), (new, old), (new, new), (nil, new), (new, nil), (nil, nil),
    ]

    /// Every combination of what git says, the dates, and when the runs began.
    static let table: [Row] = [Git.newIsAncestor, .liveIsAncestor, .diverged, .shallow].flatMap { git in
        allDates.flatMap { dates in
            clocks.map { began in
                let (verdict, says) = expected(git, dates, began)
                return Row(git: git, dates: dates, began: began, verdict: verdict, says: says)
            }
        }
    }

    private static func expected(
        _ git: Git, _ dates: (new: Date?, live: Date?), _ began: (new: String?, live: String?)
    ) -> (Verdict, [String]) {
        switch (git, dates) {
        // What git knows decides, whatever the dates and the times are.
        case (.newIsAncestor, _): return (.refused, ["its commit aaa is an ancestor of bbb"])
        case (.liveIsAncestor, _): return (.allowed, ["its commit aaa comes after bbb"])
        // If it cannot tell, the dates decide.
        case (.shallow, (old?, new?)):
            return (
                .refused, ["v2 was committed at 2025-05-01T10:00:00Z and v1 at 2025-05-02T10:00:00Z", "is shallow"]
            )
        case (.shallow, (new?, old?)):
            return (
                .allowed, ["v2 was committed at 2025-05-02T10:00:00Z and v1 at 2025-05-01T10:00:00Z", "is shallow"]
            )
        default: break
        }
        // All else is decided by when the runs began, which proves nothing if git could not tell.
        let doubt =
            switch (git, dates) {
            case (.shallow, (nil, _)): ["is shallow, and v2 has no commit date"]
            case (.shallow, (_, nil)): ["is shallow, and v1 has no commit date"]
            case (.shallow, _): ["is shallow, and both were committed at 2025-05-02T10:00:00Z"]
            default: [String]()
            }
        switch began {
        case (early?, late?):
            return (.refused, ["began at \(early), before the run that deployed v1 (\(late))"] + doubt)
        case (_?, _?): return (doubt.isEmpty ? .allowed : .unproven, ["began after"] + doubt)
        default: return (.unproven, ["nothing tells which"] + doubt)
        }
    }

    static let withoutGit: [Row] = [
        // Two builds of one commit.
        row(("aaa", "aaa"), (old, old), (early, late), .refused, "before the run"),
        row(("aaa", "aaa"), (nil, nil), (late, early), .allowed, "began after"),
        // A site that is in no git.
        row((nil, nil), (nil, nil), (early, late), .refused, "before the run"),
        row((nil, nil), (nil, nil), (late, early), .allowed, "began after"),
        row((nil, nil), (nil, nil), (early, nil), .unproven, "nothing tells"),
        // One side does not say what it was built from.
        row(
            (nil, "bbb"), (nil, new), (late, early), .unproven,
            "the commit of v2 is not known, and v2 has no commit date"),
        row(
            ("aaa", nil), (old, nil), (late, early), .unproven,
            "the commit of v1 is not known, and v1 has no commit date"),
        row((nil, "bbb"), (nil, new), (early, late), .refused, "before the run"),
        row((nil, nil), (old, new), (late, early), .refused, "v2 was committed at 2025-05-01T10:00:00Z"),
        row(("aaa", nil), (new, old), (early, late), .allowed, "the dates decide, since the commit of v1 is not known"),
    ]

    private static func row(
        _ commits: (String?, String?), _ dates: (Date?, Date?), _ began: (String?, String?), _ verdict: Verdict,
        _ says: String
    ) -> Row {
        Row(git: .notAsked, commits: commits, dates: dates, began: began, verdict: verdict, says: [says])
    }

    @Test(arguments: table + withoutGit)
    func decides(row: Row) async throws {
        let rule = NewestWins(now: Self.now, by: "the store's clock") { older, newer in
            switch row.git {
            case .newIsAncestor: return older == "aaa" ? .ancestor : .notAncestor
            case .liveIsAncestor: return older == "bbb" ? .ancestor : .notAncestor
            case .diverged: return .notAncestor
            case .shallow: return .unknown(reason: "this clone is shallow", help: "fetch more")
            case .notAsked:
                Issue.record("git was asked")
                return .notAncestor
            }
        }
        let new = NewestWins.Side(
            version: try ReleaseVersion("v2"), commit: row.commits.new, committedAt: row.dates.new,
            runStartedAt: row.began.new)
        let live = NewestWins.Side(
            version: try ReleaseVersion("v1"), commit: row.commits.live, committedAt: row.dates.live,
            runStartedAt: row.began.live)
        let help = row.git == .shallow ? "fetch more" : nil
        let decision = try await rule.decide(new, over: live)
        switch (decision, row.verdict) {
        case (.allowed(let said), .allowed): #expect(row.says.allSatisfy(said.contains), "\(said)")
        case (.unproven(let said, let advice), .unproven), (.refused(let said, let advice), .refused):
            #expect(row.says.allSatisfy(said.contains) && advice == help, "\(said)")
        default: Issue.record("\(decision)")
        }
    }

    /// A machine whose clock was two years ahead must not be the newest for two years.
    @Test(arguments: [(nil, "aaa"), ("aaa", nil), ("aaa", "aaa"), (nil, nil)] as [(String?, String?)])
    func whatIsStillToComeDecidesNothing(commit: String?, liveCommit: String?) async throws {
        let rule = NewestWins(now: Self.now, by: "the store's clock") { _, _ in .notAncestor }
        let new = NewestWins.Side(
            version: try ReleaseVersion("v2"), commit: commit, committedAt: commit == nil ? nil : Self.new,
            runStartedAt: Self.late)
        var live = NewestWins.Side(
            version: try ReleaseVersion("v1"), commit: liveCommit, committedAt: liveCommit == nil ? nil : Self.new,
            runStartedAt: "2028-05-02T10:00:00Z")
        let told = "the run that deployed v1 began at 2028-05-02T10:00:00Z, which is still to come by the store's clock"
        guard case .unproven(let reason, _) = try await rule.decide(new, over: live) else {
            Issue.record("it is not allowed")
            return
        }
        #expect(reason.hasPrefix(told), "\(reason)")
        // Of two clocks that are right, one is some seconds ahead.
        live.runStartedAt = "2026-02-01T00:09:00Z"
        guard case .refused(let why, _) = try await rule.decide(new, over: live) else {
            Issue.record("it is not refused")
            return
        }
        #expect(why.contains("(2026-02-01T00:09:00Z), by the store's clock"), "\(why)")
    }

    @Test func aCommitOfAMachineWhoseClockWasWrongDoesNotDecide() async throws {
        let rule = NewestWins(now: Self.now, by: "this machine's clock") { _, _ in
            .unknown(reason: "this clone is shallow", help: "fetch more")
        }
        let new = NewestWins.Side(
            version: try ReleaseVersion("v2"), commit: "aaa", committedAt: Self.new, runStartedAt: Self.late)
        let live = NewestWins.Side(
            version: try ReleaseVersion("v1"), commit: "bbb", committedAt: Self.now.addingTimeInterval(86_400),
            runStartedAt: Self.early)
        guard case .unproven(let reason, "fetch more") = try await rule.decide(new, over: live) else {
            Issue.record("it is not allowed")
            return
        }
        #expect(
            reason.contains(
                "the commit of v1 has the date 2026-02-02T00:00:00Z, which is still to come by this machine's clock"),
            "\(reason)")
    }

    /// A clone of depth 2 has the commit before the newest one, and so the way between the two.
    @Test func whatAShallowCloneKnowsCounts() async throws {
        let rule = NewestWins(now: Self.now, by: "the store's clock") { older, _ in
            older == "bbb" ? .ancestor : .unknown(reason: "this clone is shallow", help: nil)
        }
        let new = NewestWins.Side(
            version: try ReleaseVersion("v2"), commit: "aaa", committedAt: Self.old, runStartedAt: Self.early)
        let live = NewestWins.Side(
            version: try ReleaseVersion("v1"), commit: "bbb", committedAt: Self.new, runStartedAt: Self.late)
        #expect(
            try await rule.decide(new, over: live)
                == .allowed(reason: "its commit aaa comes after bbb, the live one's"))
    }

    @Test func nothingLiveAndTheSameVersionAreAllowed() async throws {
        let rule = NewestWins(now: Self.now, by: "the store's clock") { _, _ in .ancestor }
        let side = NewestWins.Side(
            version: try ReleaseVersion("v1"), commit: "aaa", committedAt: Self.old, runStartedAt: Self.early)
        var later = side
        later.runStartedAt = Self.late
        #expect(try await rule.decide(side, over: nil) == .allowed(reason: "no release of this store is live"))
        #expect(try await rule.decide(side, over: later) == .allowed(reason: "it is live"))
    }
}
