import Releases
import Testing

/// `v1 v2 v1` is a line of switches of `current`; `v2!` is one of another link.
@Suite struct DeploymentHistoryTests {
    private func history(_ text: String) throws -> DeploymentHistory {
        let deployments = try text.split(separator: " ").enumerated().map { number, word in
            Deployment(
                version: try ReleaseVersion(word.filter { $0 != "!" }), previous: nil,
                pointer: word.hasSuffix("!") ? Pointer(link: "other") : .current, runID: "run-\(9 - number)",
                pipeline: "p", commit: nil, at: "2026-01-0\(number + 1)T00:00:00Z",
                runStartedAt: "2026-01-01T00:00:00Z", origin: .init(person: nil, jobURL: nil))
        }
        return DeploymentHistory(of: .current, deployments.reversed())
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
            // The link was moved, or removed, by hand.
            ("v1 v2 v3", "v1 v2 v3", "v2", "v1"),
            ("v1 v2 v3", "v1 v2 v3", "v9", "v3"),
            ("v1 v2 v3", "v1 v2 v3", nil, "v3"),
        ] as [(String, String, String?, String?)])
    func findsWhatWasBefore(switches: String, line: String, live: String?, before: String?) throws {
        let history = try history(switches)
        #expect(history.line.map(\.version.name).joined(separator: " ") == line)
        let live = try live.map { try ReleaseVersion($0) }
        #expect(history.lastGood(before: live) { _ in true }?.version.name == before)
    }

    @Test func passesOverWhatIsNoLongerThere() throws {
        let history = try history("v1 v2 v3")
        let live = try ReleaseVersion("v3")
        #expect(history.lastGood(before: live) { $0.name != "v2" }?.version.name == "v1")
        #expect(history.lastGood(before: live) { _ in false } == nil)
    }
}
