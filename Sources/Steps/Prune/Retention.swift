internal import FoundationEssentials
internal import PipelineKit
internal import Releases

/// Decides which releases of a store may go, only from the values that it is given.
struct Retention: Sendable {
    enum Verdict: String, Hashable, Sendable {
        case keep, retire
    }

    struct Decision: Hashable, Sendable {
        var version: ReleaseVersion
        var verdict: Verdict
        /// The reason, as a part of a sentence: "among the newest 10 good ones".
        var reason: String
        /// True if its age alone keeps it.
        var isYoung = false
    }

    /// How many good releases stay, at least 1.
    var keep: Int
    var minAge: Duration
    /// True if releases that another tool made may go.
    var takesAdopted = false
    /// The run that prunes.
    var runID: String
    var now: Date

    /// - Parameters:
    ///   - pointed: the releases that pointers are at.
    ///   - deployments: all of them, also those that were taken back.
    ///   - undone: those that were taken back.
    /// - Returns: a decision for each release, in the releases' order.
    func decide(
        _ releases: [StoredRelease], pointed: [(pointer: Pointer, version: ReleaseVersion)],
        deployments: [Deployment], undone: Set<Deployment>
    ) -> [Decision] {
        let usage = ReleaseUsage(releases, pointed: pointed, deployments: deployments, undone: undone)
        let newest = newest(releases, usage)
        return releases.map { release in
            var decision = judge(release, usage, newest)
            // What stays anyway is not young.
            if decision.isYoung, newest[release.version] != nil { decision.isYoung = false }
            return decision
        }
    }

    private func judge(
        _ release: StoredRelease, _ usage: ReleaseUsage, _ newest: [ReleaseVersion: String]
    ) -> Decision {
        let version = release.version
        func decision(_ verdict: Verdict, _ reason: String) -> Decision {
            Decision(version: version, verdict: verdict, reason: reason)
        }
        if let pointer = usage.pointers[version] { return decision(.keep, "\(pointer) points at it") }
        if release.state == .retiring { return decision(.retire, "its deletion was begun and not finished") }
        if let reason = usage.lastGood[version] { return decision(.keep, reason) }
        if release.isAdopted, !takesAdopted {
            return decision(.keep, "it was adopted, and another tool may write there: `adopted: true` deletes it")
        }
        if release.runID == runID { return decision(.keep, "this run works on it") }
        guard let age = age(of: release, usage) else {
            return decision(.keep, "its age is not known: look at its manifest")
        }
        if age < .zero - Self.tolerance {
            return decision(.keep, "it was made in the future, by this machine's clock: look at its manifest")
        }
        if age < minAge {
            return Decision(
                version: version, verdict: .keep, reason: "\(Self.text(age)) old, younger than \(minAge.text)",
                isYoung: true)
        }
        if let reason = newest[version] { return decision(.keep, reason) }
        if release.state == .incomplete { return decision(.retire, "its upload was never finished") }
        if usage.wasTakenBack(version) { return decision(.retire, "every switch to it was taken back") }
        return decision(
            .retire, "\(Self.text(age)) old, and not " + (keep == 1 ? "the newest" : "among the newest \(keep)"))
    }

    /// The newest good releases, and as many of those that were never live: they may be made for later.
    private func newest(_ releases: [StoredRelease], _ usage: ReleaseUsage) -> [ReleaseVersion: String] {
        // Releases that stay anyway do not count.
        let complete = releases.filter { $0.state == .complete && (takesAdopted || !$0.isAdopted) }
        // Another tool made its releases to show them, but there is no record of that.
        let good = complete.filter { usage.isGood($0.version) || $0.isAdopted && !usage.wasTakenBack($0.version) }
        let unused = complete.filter { release in
            !usage.isGood(release.version) && !usage.wasTakenBack(release.version) && !release.isAdopted
        }
        var newest: [ReleaseVersion: String] = [:]
        for (group, name) in [(good, "good"), (unused, "unused")] {
            let sorted = group.sorted { left, right in
                let (leftTime, rightTime) = (usage.time(of: left) ?? "", usage.time(of: right) ?? "")
                return leftTime == rightTime ? left.version.name > right.version.name : leftTime > rightTime
            }
            for release in sorted.prefix(keep) {
                newest[release.version] = keep == 1 ? "the newest \(name) one" : "among the newest \(keep) \(name) ones"
            }
        }
        return newest
    }

    /// Two clocks that are set right differ by no more.
    private static let tolerance = Duration.seconds(600)

    /// The time since it was made or last went live, whichever is later; negative if the clocks of two machines differ.
    private func age(of release: StoredRelease, _ usage: ReleaseUsage) -> Duration? {
        guard let text = usage.time(of: release), let time = try? Date(text, strategy: .iso8601) else { return nil }
        return .seconds(now.timeIntervalSince(time))
    }

    /// The age in the largest unit that says enough.
    private static func text(_ age: Duration) -> String {
        let seconds = max(0, age.components.seconds)
        return seconds >= 172_800 ? "\(seconds / 86_400) days" : Duration.seconds(seconds).text
    }
}
