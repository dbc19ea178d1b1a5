internal import Releases

/// What the records of a store say about its releases, looked up by version.
struct ReleaseUsage: Sendable {
    /// What is at a release, for a message.
    let pointers: [ReleaseVersion: String]
    /// Why a release is the one to go back to.
    let lastGood: [ReleaseVersion: String]
    /// When each release last went live and stayed; ISO 8601, UTC.
    private let wentLive: [ReleaseVersion: String]
    private let takenBack: Set<ReleaseVersion>

    init(
        _ releases: [StoredRelease], pointed: [(pointer: Pointer, version: ReleaseVersion)],
        deployments: [Deployment], undone: Set<Deployment>
    ) {
        let good = deployments.filter { !undone.contains($0) }
        wentLive = Dictionary(good.map { ($0.version, $0.at) }) { max($0, $1) }
        takenBack = Set(undone.map(\.version)).subtracting(good.map(\.version))
        pointers = Dictionary(pointed.map { ($0.version, $0.pointer.description) }) { "\($0) and \($1)" }
        var lastGood: [ReleaseVersion: String] = [:]
        for pointer in Set(good.map(\.pointer)) {
            let live = pointed.first { $0.pointer == pointer }?.version
            let history = DeploymentHistory(of: pointer, deployments, wasTakenBack: undone.contains)
            guard let before = history.lastGood(before: live, among: releases) else { continue }
            lastGood[before] = "the last good one of \(pointer)" + (live.map { " before \($0)" } ?? "")
        }
        self.lastGood = lastGood
    }

    /// Whether viewers were switched to it and not taken back.
    func isGood(_ version: ReleaseVersion) -> Bool { wentLive[version] != nil }

    /// Whether it was live only until its runs were rolled back.
    func wasTakenBack(_ version: ReleaseVersion) -> Bool { takenBack.contains(version) }

    /// When it last went live or, if that is later or all there is, when it was made.
    func time(of release: StoredRelease) -> String? {
        guard let createdAt = release.createdAt else { return nil }
        return wentLive[release.version].map { max($0, createdAt) } ?? createdAt
    }
}
