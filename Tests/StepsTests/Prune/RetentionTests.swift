import FoundationEssentials
import PipelineKit
import Releases
import Testing

@testable import PruneStep

/// What stays and what goes, row by row. Time is told in hours before now.
@Suite struct RetentionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var keep = 1
        /// `v1 5` was made 5 hours ago; `v1 5 incomplete`, `v1 5 retiring`, `v1 ?` (unknown age), `v1 5 mine`, `v1 5 adopted`.
        var releases: [String]
        var takesAdopted = false
        /// `v1` was switched to, and `v1 undone` was then taken back. The oldest comes first, about 4 hours ago; `v1@2`
        /// was 2 hours ago. `v1 staging` is a switch of another link than `current`.
        var deployments: [String] = []
        /// `current v1`: where each link is.
        var pointed: [String] = []
        /// A letter for each release: `k` stays, `r` goes.
        var expected: String
        /// The reasons for some of the releases.
        var reasons: [String: String] = [:]

        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "the newest good ones stay", keep: 2, releases: ["v1 9", "v2 8", "v3 7", "v4 6", "v5 5"],
            deployments: ["v1", "v2", "v3", "v4", "v5"], pointed: ["current v5"], expected: "rrrkk",
            reasons: ["v1": "4h old, and not among the newest 2"]),
        Row(
            name: "the live one stays, however old", releases: ["v1 9", "v2 8", "v3 7"],
            deployments: ["v1", "v2", "v3"], pointed: ["current v1"], expected: "krk",
            reasons: ["v1": "the link `current` points at it"]),
        Row(
            name: "what an unregistered link is at stays", releases: ["v1 9", "v2 8"], pointed: ["current v1"],
            expected: "kk"),
        Row(
            name: "what another link is at stays", releases: ["v1 9", "v2 8", "v3 7"],
            deployments: ["v1 staging", "v2", "v3"], pointed: ["current v3", "staging v1"], expected: "kkk"),
        Row(
            name: "the last good one before the live one stays", releases: ["v1 9", "v2 8", "v3 7"],
            deployments: ["v1", "v2", "v3"], pointed: ["current v3"], expected: "rkk",
            reasons: ["v2": "the last good one of the link `current` before v3"]),
        Row(
            name: "one that was taken back is not the last good one", releases: ["v1 9", "v2 8", "v3 7"],
            deployments: ["v1", "v2 undone", "v3"], pointed: ["current v3"], expected: "krk",
            reasons: ["v2": "every switch to it was taken back"]),
        Row(
            name: "after going back, the last good one is that of then", releases: ["v1 9", "v2 8", "v3 7"],
            deployments: ["v1", "v2", "v3", "v2"], pointed: ["current v2"], expected: "kkr"),
        Row(
            name: "an incomplete one is none to go back to", releases: ["v1 9", "v2 8 incomplete", "v3 7"],
            deployments: ["v1", "v2", "v3"], pointed: ["current v3"], expected: "krk"),
        Row(
            name: "a young one stays", releases: ["v1 9", "v2 8", "v3 0.5", "v4 0.4", "v5 0.3"],
            deployments: ["v1", "v2", "v3 undone", "v4 undone", "v5 undone"], pointed: ["current v2"],
            expected: "kkkkk", reasons: ["v3": "30m old, younger than 1h"]),
        Row(
            name: "the age is exact", releases: ["v1 1 incomplete", "v2 0.999 incomplete"], expected: "rk"),
        Row(
            name: "a switch makes an old one young", releases: ["v1 99", "v2 98", "v3 97", "v4 96"],
            deployments: ["v1@0.5", "v2@0.4", "v3@0.3", "v4@0.2"], pointed: ["current v4"], expected: "kkkk"),
        Row(
            name: "one from the future stays", releases: ["v1 9", "v2 8", "v3 -5 incomplete"],
            deployments: ["v1", "v2"],
            pointed: ["current v2"], expected: "kkk",
            reasons: ["v3": "it was made in the future, by this machine's clock: look at its manifest"]),
        Row(
            name: "an incomplete one goes", releases: ["v1 9", "v2 8", "v3 7 incomplete"], deployments: ["v1", "v2"],
            pointed: ["current v2"], expected: "kkr", reasons: ["v3": "its upload was never finished"]),
        Row(
            name: "one whose retirement was begun goes, however young", releases: ["v1 9", "v2 0.1 retiring"],
            deployments: ["v1", "v2"], pointed: ["current v1"], expected: "kr"),
        Row(
            name: "but not while a pointer is at it", releases: ["v1 9", "v2 0.1 retiring"], deployments: ["v1", "v2"],
            pointed: ["current v2"], expected: "kk"),
        Row(
            name: "what this run works on stays", releases: ["v1 9", "v2 8", "v3 7 incomplete mine"],
            deployments: ["v1", "v2"], pointed: ["current v2"], expected: "kkk",
            reasons: ["v3": "this run works on it"]),
        Row(
            name: "one of unknown age stays", releases: ["v1 9", "v2 8", "v3 ?", "v4 ? incomplete"],
            deployments: ["v1", "v2"], pointed: ["current v2"], expected: "kkkk"),
        Row(
            name: "those made for later count for themselves", keep: 2,
            releases: ["v1 9", "v2 8", "v3 7", "v4 6", "v5 5", "v6 4"], deployments: ["v1", "v2", "v3"],
            pointed: ["current v3"], expected: "rkkrkk",
            reasons: ["v5": "among the newest 2 unused ones"]),
        Row(
            name: "without any pointer the last good one stays", releases: ["v1 9", "v2 8", "v3 7"],
            deployments: ["v1", "v3", "v2"], expected: "rkr"),
        Row(
            name: "an adopted one stays, and takes no place of the others",
            releases: ["v0 9 adopted", "v1 8", "v2 7", "v3 6"],
            deployments: ["v0", "v1", "v2", "v3"], pointed: ["current v3"], expected: "krkk",
            reasons: ["v0": "it was adopted, and another tool may write there: `adopted: true` deletes it"]),
        Row(
            name: "an adopted one goes where that is asked for", releases: ["v0 9 adopted", "v1 8", "v2 7", "v3 6"],
            takesAdopted: true, deployments: ["v1", "v2", "v3"], pointed: ["current v3"], expected: "rrkk",
            reasons: ["v0": "9h old, and not the newest"]),
        Row(
            name: "as old ones go", releases: ["v0 9 adopted", "v1 8 adopted", "v2 7", "v3 6"], takesAdopted: true,
            deployments: ["v0", "v1", "v2", "v3"], pointed: ["current v3"], expected: "rrkk"),
        Row(
            name: "an adopted one that is live stays as any other", releases: ["v0 9 adopted", "v1 8"],
            takesAdopted: true,
            deployments: ["v0", "v1", "v0"], pointed: ["current v0"], expected: "kr"),
        Row(
            name: "what was begun to be deleted is finished", releases: ["v0 9 adopted retiring", "v1 8", "v2 7"],
            deployments: ["v1", "v2"], pointed: ["current v2"], expected: "rkk"),
        Row(name: "an empty store", releases: [], expected: ""),
    ]

    @Test(arguments: rows) func decides(row: Row) throws {
        let now = Date(timeIntervalSince1970: 1_767_225_600)
        func time(_ hours: String) -> String {
            now.addingTimeInterval(-(Double(hours) ?? 0) * 3_600).timestamp
        }
        let releases = try row.releases.map { text in
            let words = text.split(separator: " ").map(String.init)
            let state = words.compactMap { StoredRelease.State(rawValue: $0) }.first ?? .complete
            return StoredRelease(
                version: try ReleaseVersion(words[0]), state: state,
                createdAt: words[1] == "?" ? nil : time(words[1]),
                runID: words.contains("mine") ? "run-now" : "run-then", isAdopted: words.contains("adopted"))
        }
        var (deployments, undone): ([Deployment], [Deployment]) = ([], [])
        for (number, text) in row.deployments.enumerated() {
            let words = text.split(separator: " ").map(String.init)
            let parts = words[0].split(separator: "@").map(String.init)
            let link = words.last == "staging" ? Pointer(link: "staging") : .current
            let deployment = Deployment(
                version: try ReleaseVersion(parts[0]), previous: nil, pointer: link, runID: "run-\(number)",
                pipeline: "p", commit: nil, at: time(parts.count > 1 ? parts[1] : "\(4 - Double(number) * 0.01)"),
                runStartedAt: time("4"), origin: .init(person: nil, jobURL: nil))
            deployments.append(deployment)
            if words.contains("undone") { undone.append(deployment) }
        }
        let pointed = try row.pointed.map { text in
            let words = text.split(separator: " ").map(String.init)
            return (pointer: Pointer(link: words[0]), version: try ReleaseVersion(words[1]))
        }
        let decisions = Retention(
            keep: row.keep, minAge: .seconds(3_600), takesAdopted: row.takesAdopted, runID: "run-now", now: now
        ).decide(releases, pointed: pointed, deployments: deployments.reversed(), undone: Set(undone))
        #expect(decisions.map { $0.verdict == .keep ? "k" : "r" }.joined() == row.expected)
        #expect(decisions.map(\.version) == releases.map(\.version))
        for (version, reason) in row.reasons {
            #expect(decisions.first { $0.version.name == version }?.reason == reason)
        }
    }
}
