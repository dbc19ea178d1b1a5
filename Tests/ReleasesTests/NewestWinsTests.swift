import Releases
import Testing

@Suite struct NewestWinsTests {
    enum Git: Sendable { case newIsAncestor, liveIsAncestor, diverged, cannotTell, notAsked }

    struct Row: Sendable, CustomTestStringConvertible {
        var commits: (new: String?, live: String?)
        var began: (new: String?, live: String?)
        var git: Git
        var allowed: Bool
        var reason: String
        var testDescription: String { "\(commits) \(began) \(git)" }
    }

    private static let (early, late) = ("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z")

    static let table: [Row] = [
        // What git knows decides, whatever the times are.
        Row(
            commits: ("aaa", "bbb"), began: (late, early), git: .newIsAncestor, allowed: false,
            reason: "an ancestor of bbb"),
        Row(
            commits: ("aaa", "bbb"), began: (early, late), git: .liveIsAncestor, allowed: true,
            reason: "comes after bbb"),
        // Where it cannot tell, the run that began later wins.
        Row(commits: ("aaa", "bbb"), began: (early, late), git: .diverged, allowed: false, reason: "before the run"),
        Row(commits: ("aaa", "bbb"), began: (late, early), git: .diverged, allowed: true, reason: "began after"),
        Row(commits: ("aaa", "bbb"), began: (early, late), git: .cannotTell, allowed: false, reason: "before the run"),
        Row(commits: ("aaa", "bbb"), began: (late, late), git: .cannotTell, allowed: true, reason: "began after"),
        Row(commits: ("aaa", "aaa"), began: (early, late), git: .notAsked, allowed: false, reason: "before the run"),
        Row(commits: (nil, "bbb"), began: (early, late), git: .notAsked, allowed: false, reason: "before the run"),
        Row(commits: ("aaa", nil), began: (late, early), git: .notAsked, allowed: true, reason: "began after"),
        // A release that was put there by hand has no record.
        Row(commits: (nil, nil), began: (early, nil), git: .notAsked, allowed: true, reason: "nothing tells"),
    ]

    @Test(arguments: table)
    func decides(row: Row) async throws {
        let rule = NewestWins { older, _ in
            switch row.git {
            case .newIsAncestor: return older == "aaa"
            case .liveIsAncestor: return older == "bbb"
            case .diverged: return false
            case .cannotTell: return nil
            case .notAsked:
                Issue.record("git was asked")
                return nil
            }
        }
        let new = NewestWins.Side(
            version: try ReleaseVersion("v2"), commit: row.commits.new, runStartedAt: row.began.new)
        let live = NewestWins.Side(
            version: try ReleaseVersion("v1"), commit: row.commits.live, runStartedAt: row.began.live)
        switch try await rule.decide(new, over: live) {
        case .allowed(let reason): #expect(row.allowed && reason.contains(row.reason), "\(reason)")
        case .refused(let reason): #expect(!row.allowed && reason.contains(row.reason), "\(reason)")
        }
    }

    @Test func nothingLiveAndTheSameVersionAreAllowed() async throws {
        let rule = NewestWins { _, _ in true }
        let side = NewestWins.Side(version: try ReleaseVersion("v1"), commit: "aaa", runStartedAt: Self.early)
        var later = side
        later.runStartedAt = Self.late
        #expect(try await rule.decide(side, over: nil) == .allowed(reason: "no release of this store is live"))
        #expect(try await rule.decide(side, over: later) == .allowed(reason: "it is live"))
    }
}
