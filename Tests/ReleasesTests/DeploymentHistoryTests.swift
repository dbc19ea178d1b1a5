import FoundationEssentials
import PipelineKit
import Releases
import Testing

/// `v1 v2 v1` is a line of switches of `current`; `v2!` is one of another link, `v2-` was taken back, the run of `v2?` did
/// not come to its end, and `v3<v1` says that the link was at v1.
@Suite struct DeploymentHistoryTests {
    private func history(_ text: String) throws -> DeploymentHistory {
        var undone: Set<String> = []
        let deployments = try text.split(separator: " ").enumerated().map { number, word in
            let names = word.filter { !"!-?".contains($0) }.split(separator: "<").map(String.init)
            // In another order than the switches.
            let runID = "run-\(99 - number)"
            if word.contains("-") { undone.insert(runID) }
            return Deployment(
                version: try ReleaseVersion(names[0]),
                previous: names.count > 1 ? try ReleaseVersion(names[1]) : nil,
                pointer: word.contains("!") ? Pointer(link: "other") : .current, runID: runID,
                pipeline: "p", commit: nil, at: "2026-01-\(10 + number)T00:00:00Z",
                runStartedAt: "2026-01-01T00:00:00Z", origin: .init(person: nil, jobURL: nil),
                end: word.contains("?") ? .awaited : nil)
        }
        return DeploymentHistory(of: .current, deployments.reversed()) { undone.contains($0.runID) }
    }

    private func stored(_ names: String...) throws -> [StoredRelease] {
        try names.map { .init(version: try ReleaseVersion($0), state: .complete, createdAt: "2026-01-01T00:00:00Z") }
    }

    @Test(
        arguments: [
            ("", "", nil, nil),
            ("v1", "v1", "v1", nil),
            ("v1 v2 v3", "v1 v2 v3", "v3", "v2"),
            // Back from v3: going back once more must not lead to v3.
            ("v1 v2 v3 v2", "v1 v2", "v2", "v1"),
            ("v1 v2 v3 v1", "v1", "v1", nil),
            // v2 was left behind before v3 came.
            ("v1 v2 v1 v3", "v1 v3", "v3", "v1"),
            ("v1 v2 v1 v2", "v1 v2", "v2", "v1"),
            ("v1 v2! v3", "v1 v3", "v3", "v1"),
            // Forward over a release that was left, and back to that one: v3 was just left, and v1 was not.
            ("v1 v2 v3 v1 v3", "v1 v3", "v3", "v1"),
            ("v1 v2 v3 v1 v3 v2", "v1 v2", "v2", "v1"),
            ("v1 v2 v3 v1 v3 v2 v1 v2 v3", "v1 v2 v3", "v3", "v2"),
            // A later release comes behind everything that was left.
            ("v1 v2 v3 v1 v4 v3", "v1 v3", "v3", "v1"),
            ("v1 v2 v3 v1 v4 v3 v4", "v1 v3 v4", "v4", "v3"),
            // v2 was good once, and a later run that switched to it was taken back.
            ("v1 v2 v3 v2-", "v1 v3", "v3", "v1"),
            ("v1 v2 v3 v2- v4", "v1 v3 v4", "v4", "v3"),
            ("v1 v2 v3 v2- v2", "v1 v2", "v2", "v1"),
            ("v1 v2- v3", "v1 v3", "v3", "v1"),
            // The way back itself was taken back.
            ("v1 v2 v3 v1-", "v2 v3", "v3", "v2"),
            // Two runs were taken back, the later one first.
            ("v1 v2-<v1 v3-<v2", "v1", "v1", nil),
            ("v1 v2-<v1 v3-<v2 v4<v1", "v1 v4", "v4", "v1"),
            // Nobody has found v2 good, and other switches have followed.
            ("v1 v2? v3<v2", "v1 v3", "v3", "v1"),
            ("v1 v2? v2<v2", "v1 v2", "v2", "v1"),
            ("v1 v2? v2?<v2 v3<v2", "v1 v3", "v3", "v1"),
            ("v1 v2 v3? v4-<v3", "v1 v2 v3", "v3", "v2"),
            // The newest may be on its way.
            ("v1 v2?", "v1 v2", "v2", "v1"),
            // The link was somewhere before the first switch, or somebody moved it between two.
            ("v1<v0", "v0 v1", "v1", "v0"),
            ("v1-<v0", "v0", "v0", nil),
            ("v1<v0 v2<v1 v0<v2", "v0", "v0", nil),
            ("v1 v2<v1 v3<v2 v4<v1", "v1 v4", "v4", "v1"),
            ("v1 v3<v2", "v1 v2 v3", "v3", "v2"),
            // The link was moved, or removed, by hand.
            ("v1 v2 v3", "v1 v2 v3", "v2", "v1"),
            ("v1 v2 v3 v1", "v1", "v3", "v1"),
            ("v1 v2 v3", "v1 v2 v3", "v9", "v3"),
            ("v1 v2 v3", "v1 v2 v3", nil, "v3"),
        ] as [(String, String, String?, String?)])
    func findsWhatWasBefore(switches: String, line: String, live: String?, before: String?) throws {
        let history = try history(switches)
        #expect(history.line.map(\.name).joined(separator: " ") == line)
        let live = try live.map { try ReleaseVersion($0) }
        let all = try stored("v0", "v1", "v2", "v3", "v4")
        #expect(history.lastGood(before: live, among: all)?.name == before)
    }

    @Test func passesOverWhatIsNoLongerThere() throws {
        let history = try history("v1 v2 v3")
        let live = try ReleaseVersion("v3")
        #expect(try history.lastGood(before: live, among: stored("v1", "v3"))?.name == "v1")
        #expect(try history.lastGood(before: live, among: stored("v3")) == nil)
        var incomplete = try stored("v1", "v2", "v3")
        incomplete[1].state = .incomplete
        #expect(history.lastGood(before: live, among: incomplete)?.name == "v1")
    }

    private func deployment(_ name: String, made: String?, at: String) throws -> Deployment {
        Deployment(
            version: try ReleaseVersion(name), previous: nil, pointer: .current, runID: "run-\(at)", pipeline: "p",
            commit: nil, madeAt: made.map { "2026-01-\($0)T00:00:00Z" }, at: "2026-01-\(at)T00:10:00Z",
            runStartedAt: "2026-01-\(at)T00:00:00Z", origin: .init(person: nil, jobURL: nil))
    }

    /// Switches on days of January 2026: `v1 01:02` was made on the 1st and went live on the 2nd. Without a day before
    /// the colon, the record does not say when the release was made.
    @Test(
        arguments: [
            ("v1 01:01, v2 02:02, v3 03:03, v2 02:04", "v1 v2"),
            // v1 was deleted, and is made anew.
            ("v1 01:01, v2 02:02, v3 03:03, v1 04:04", "v2 v3 v1"),
            ("v1 :01, v2 :02, v3 :03, v1 04:04", "v2 v3 v1"),
            ("v1 :01, v2 :02, v3 :03, v2 02:04", "v1 v2"),
            // The clock of the machine that made v1 is ahead.
            ("v1 05:01, v2 02:02, v1 05:03", "v1"),
            // It was made before v3 and never went live until now: that is a way back from v3.
            ("v1 01:01, v3 03:03, v2 02:04", "v1 v2"),
            ("v1 01:01, v3 03:03, v2 02:04, v3 03:05", "v1 v2 v3"),
        ])
    func tellsReleasesOfOneNameApart(switches: String, line: String) throws {
        let deployments = try switches.split(separator: ", ").map { text in
            let (name, days) = (text.prefix { $0 != " " }, text.drop { $0 != " " }.dropFirst())
            let (made, at) = (days.prefix { $0 != ":" }, days.suffix(2))
            return try deployment(String(name), made: made.isEmpty ? nil : String(made), at: String(at))
        }
        let history = DeploymentHistory(of: .current, deployments) { _ in false }
        #expect(history.line.map(\.name).joined(separator: " ") == line)
    }

    @Test func aReleaseThatWasMadeAnewAndNeverWentLiveIsNotTheOneBefore() throws {
        let history = DeploymentHistory(
            of: .current, try [deployment("v1", made: "01", at: "01"), deployment("v2", made: "02", at: "02")]
        ) { _ in false }
        var releases = try stored("v1", "v2")
        #expect(history.lastGood(before: try ReleaseVersion("v2"), among: releases)?.name == "v1")
        releases[0].createdAt = "2026-01-03T00:00:00Z"
        #expect(history.lastGood(before: try ReleaseVersion("v2"), among: releases) == nil)
    }

    @Test func readsTheRecordsOfOlderRunners() throws {
        let text = #"""
            {"at":"2026-01-01T00:00:00Z","format":1,"origin":{"person":"ann"},"pipeline":"deploy","pointer":{"kind":"link",
            "name":"current"},"previous":"v1","runID":"run-2","runStartedAt":"2026-01-01T00:00:00Z","version":"v2"}
            """#
        let deployment = try JSONDecoder().decode(Deployment.self, from: Data(text.utf8))
        #expect(deployment.madeAt == nil && deployment.version.name == "v2")
        let history = DeploymentHistory(of: .current, [deployment]) { _ in false }
        #expect(history.line.map(\.name) == ["v1", "v2"])
    }
}
