internal import PipelineKit
internal import Releases

/// What a store has for one pointer: its complete releases, and the good deployments.
struct ReleaseCatalog: Sendable {
    let name: String
    let pointer: Pointer
    let live: ReleaseVersion?
    /// Sorted by when they were made, the newest first.
    let releases: [StoredRelease]
    /// Good deployments of the pointer: those that were not taken back.
    let deployments: [Deployment]
    private let history: DeploymentHistory
    /// Names among the releases that have no manifest: another tool made them.
    private let foreign: [String]
    /// The command that makes a release of a foreign one.
    private let adoption: @Sendable (ReleaseVersion) -> String

    /// - Parameter pointer: nil if nothing points into the store.
    init(_ store: any ReleaseStore, pointer: (any ReleasePointer)?, in context: StepContext) async throws {
        let (deployments, undone) = try await store.deploymentsAndUndone()
        let releases = try await store.releases(in: context.folder)
        self.init(
            name: store.resource.url, pointer: pointer?.record ?? .current, live: try await pointer?.servedRelease(),
            releases: releases, deployments: deployments, undone: undone,
            foreign: try await store.unknownReleases(besides: releases),
            adoption: { store.adoption(of: $0) })
    }

    init(
        name: String, pointer: Pointer, live: ReleaseVersion?, releases: [StoredRelease], deployments: [Deployment],
        undone: Set<Deployment> = [], foreign: [String] = [],
        adoption: @escaping @Sendable (ReleaseVersion) -> String = { "\(ProgramName.current) adopt STORE \($0)" }
    ) {
        self.name = name
        self.pointer = pointer
        self.live = live
        self.releases = releases.filter { $0.state == .complete }.sorted { left, right in
            (left.createdAt ?? "", left.version.name) > (right.createdAt ?? "", right.version.name)
        }
        self.deployments = deployments.filter { $0.pointer == pointer && !undone.contains($0) }
        self.foreign = foreign
        self.adoption = adoption
        history = DeploymentHistory(of: pointer, deployments, wasTakenBack: undone.contains)
    }

    func release(_ version: ReleaseVersion) -> StoredRelease? { releases.first { $0.version == version } }

    /// - Parameter setting: what to type or to write so that a release is selected.
    /// - Throws: `StepError` `no-such-release`, `no-previous-release`, `no-live-release`.
    func version(
        _ selection: ReleaseSelection, setting: (ReleaseVersion) -> String = { "select: \($0)" }
    ) throws -> ReleaseVersion {
        switch selection {
        case .version(let version):
            guard release(version) != nil else { throw missing(version) }
            return version
        case .live:
            guard let live else {
                throw StepError(
                    "no-live-release", "\(pointer) of \(name) is at no release",
                    help: "deploy one" + (named(setting).map { ", or \($0)" } ?? ""))
            }
            return live
        case .latest:
            guard let latest = releases.first else {
                throw StepError(
                    "no-such-release", "\(name) has no complete release", help: "deploy one, or look at `store`")
            }
            return latest.version
        case .previous: return try previous(setting)
        }
    }

    private func previous(_ setting: (ReleaseVersion) -> String) throws -> ReleaseVersion {
        if let before = history.lastGood(before: live, among: releases) { return before }
        let before = history.line(before: live).last { foreign.contains($0.name) }
        throw StepError(
            "no-previous-release",
            "\(name) has no good release before \(live.map { "\($0), which is live," } ?? "the one to come") at \(pointer)",
            help: (before.map { "\($0) was there before and has no manifest: `\(adoption($0))` makes one; or " } ?? "")
                + (named(setting) ?? "deploy one: there is no other release"))
    }

    /// How to name a release that is not live; nil if there is none.
    private func named(_ setting: (ReleaseVersion) -> String) -> String? {
        releases.first { $0.version != live }.map { "name a release, such as `\(setting($0.version))`; \(inventory)" }
    }

    private func missing(_ version: ReleaseVersion) -> StepError {
        if foreign.contains(version.name) {
            return StepError(
                "no-such-release", "\(name) has no manifest of \(version), whose files another tool has put there",
                help: "`\(adoption(version))` makes a release of it; \(inventory)")
        }
        let nearest = Suggestion.nearest(to: version.name, among: releases.map(\.version.name))
        return StepError(
            "no-such-release", "\(name) has no complete release \(version)",
            help: (nearest.map { "did you mean `\($0)`? " } ?? "") + inventory)
    }

    /// Lists the newest releases, for help.
    private var inventory: String {
        if releases.isEmpty { return "there is none" }
        let shown = releases.prefix(5).map { release in
            release.version.name + (release.version == live ? " (live)" : "")
        }
        let rest = releases.count - shown.count
        return "available: " + shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) older" : "")
    }
}
