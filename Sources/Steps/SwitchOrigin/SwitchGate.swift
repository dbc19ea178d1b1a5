internal import PipelineKit
internal import Releases

/// What has to hold before viewers get a release.
struct SwitchGate: Sendable {
    let version: ReleaseVersion
    let store: any ReleaseStore
    let pointer: Pointer
    let context: StepContext

    /// A release without a manifest is not complete: viewers would miss files.
    ///
    /// - Throws: `StepError` `incomplete-release`, `bad-manifest`.
    func requireManifest() async throws {
        guard let header = try await store.header(of: version, in: context.folder) else {
            throw StepError(
                "incomplete-release",
                "release \(version) cannot go live: \(store.resource) has no manifest of "
                    + "it, so that it is missing or not complete",
                help: "let a `sync` step make it first, or name a release that has one: "
                    + store.location(of: .manifest(of: version)))
        }
        guard header.version == version else {
            throw StepError(
                "bad-manifest", "the manifest of \(version) in \(store.resource) is that of \(header.version)",
                help: "restore \(store.location(of: .manifest(of: version))) from a backup")
        }
    }

    /// - Returns: why it is allowed.
    /// - Throws: `StepError` `on-hold`, `older-release`.
    func refuseIfOlder(than live: ReleaseVersion?, allowOlder: Bool) async throws -> String {
        if allowOlder { return "`allow-older` is set" }
        try await store.refuseIfOnHold()
        let folder = context.folder
        let commit = try await store.header(of: version, in: folder)?.commit
        let new = NewestWins.Side(version: version, commit: commit, runStartedAt: context.run.startedAt.timestamp)
        var liveSide: NewestWins.Side?
        if let live {
            let deployment = try await store.deployment(of: live, by: pointer)
            let liveCommit = try await store.header(of: live, in: folder)?.commit ?? deployment?.commit
            liveSide = .init(version: live, commit: liveCommit, runStartedAt: deployment?.runStartedAt)
        }
        let git = GitAncestry(context: context)
        switch try await NewestWins(isAncestor: { try await git.isAncestor($0, $1) }).decide(new, over: liveSide) {
        case .allowed(let reason): return reason
        case .refused(let reason):
            throw StepError(
                "older-release", "release \(version) is older than \(live?.name ?? "none"), which is live: " + reason,
                help: "deploy the newest commit, or set `allow-older: true` to go back on purpose")
        }
    }
}
