internal import PipelineKit
internal import Releases

/// The releases of a store, sorted into those that go and those that stay.
struct PrunePlan: Sendable {
    /// The oldest first.
    let doomed: [(release: StoredRelease, reason: String)]
    let kept: [(version: ReleaseVersion, reason: String)]
    /// Names among the releases that no record stands for.
    let unknown: [String]
    let versions: Set<ReleaseVersion>

    /// - Throws: if a record of a pointer or a deployment cannot be read: what it protects is not known; `NewerFormat`.
    init(of store: any ReleaseStore, _ options: Prune.Options, in context: StepContext) async throws {
        let releases = try await store.releases(in: context.folder)
        if let newer = releases.lazy.compactMap(\.newer).first { throw newer }
        let (all, undone) = try await store.deploymentsAndUndone()
        let retention = Retention(
            keep: options.keep, minAge: options.minAge, takesAdopted: options.adopted, runID: context.run.id,
            now: context.clock.date)
        let decisions = retention.decide(
            releases, pointed: try await store.pointedVersions(), deployments: all,
            undone: undone)
        let decided = zip(releases, decisions)
        doomed = decided.filter { $1.verdict == .retire }.map { ($0, $1.reason) }
            .sorted { ($0.release.createdAt ?? "") < ($1.release.createdAt ?? "") }
        kept = decisions.filter { $0.verdict == .keep }.map { ($0.version, $0.reason) }
        unknown = try await store.unknownReleases(besides: releases)
        versions = Set(releases.map(\.version))
    }
}
