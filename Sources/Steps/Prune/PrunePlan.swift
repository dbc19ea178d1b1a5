internal import PipelineKit
internal import Releases

/// The releases of a store, sorted into those that go and those that stay.
struct PrunePlan: Sendable {
    /// The releases that go, the oldest first.
    let doomed: [(release: StoredRelease, reason: String)]
    let kept: [(version: ReleaseVersion, reason: String)]
    /// How many of those that stay would go if they were older.
    let young: Int
    /// Names among the releases that no record mentions.
    let unknown: [String]
    let versions: Set<ReleaseVersion>

    /// - Throws: if a record of a pointer or a deployment cannot be read, since what it protects is not known;
    ///   `NewerFormat`.
    init(of store: any ReleaseStore, _ options: Prune.Options, in context: StepContext) async throws {
        var releases = try await store.releases(in: context.folder)
        if let newer = releases.lazy.compactMap(\.newer).first { throw newer }
        let (recorded, undone) = try await store.deploymentsAndUndone()
        var all = recorded
        var pointed = try await store.pointedVersions(in: context)
        // In a plan, the releases that the run would make and the switches that it would make are not there yet.
        let planned = context.isPlan ? context[PlannedSwitchesKey.self].deployments(in: store.resource) : []
        for deployment in planned {
            if !releases.contains(where: { $0.version == deployment.version }) {
                releases.append(
                    StoredRelease(
                        version: deployment.version, state: .complete, createdAt: deployment.at,
                        runID: context.run.id))
            }
            pointed.removeAll { $0.pointer == deployment.pointer }
            pointed.append((deployment.pointer, deployment.version))
            all.append(deployment)
        }
        let retention = Retention(
            keep: options.keep, minAge: options.minAge, takesAdopted: options.adopted, runID: context.run.id,
            now: context.clock.date)
        let decisions = retention.decide(
            releases, pointed: pointed, deployments: all, undone: undone)
        let decided = zip(releases, decisions)
        doomed = decided.filter { $1.verdict == .retire }.map { ($0, $1.reason) }
            .sorted { ($0.release.createdAt ?? "") < ($1.release.createdAt ?? "") }
        young = decisions.count { $0.isYoung }
        kept = decisions.filter { $0.verdict == .keep }.map { ($0.version, $0.reason) }
        unknown = try await store.unknownReleases(besides: releases)
        versions = Set(releases.map(\.version))
    }
}
