internal import FoundationEssentials
internal import PipelineKit
internal import Releases

/// The conditions that must hold before visitors get a release.
struct SwitchGate: Sendable {
    private let version: ReleaseVersion
    private let store: any ReleaseStore
    private let pointer: Pointer
    private let context: StepContext
    /// Of the release's manifest, as it was when the gate was made; nil if there was none.
    private let header: ManifestHeader?

    init(
        _ version: ReleaseVersion, in store: any ReleaseStore, pointer: Pointer, _ context: StepContext
    ) async throws {
        (self.version, self.store, self.pointer, self.context) = (version, store, pointer, context)
        header = try await store.header(of: version, in: context.folder)
    }

    /// Refuses a release without a manifest: it is not complete, and visitors would miss files.
    ///
    /// - Returns: the manifest's header.
    /// - Throws: `StepError` `incomplete-release`, `bad-manifest`.
    @discardableResult
    func requireManifest() throws -> ManifestHeader {
        guard let header else { throw incomplete() }
        guard header.version == version else {
            throw StepError(
                "bad-manifest", "the manifest of \(version) in \(store.resource) is that of \(header.version)",
                help: "restore \(store.location(of: .manifest(of: version))) from a backup")
        }
        return header
    }

    /// Looks again once visitors have the release: it may have been deleted in between.
    ///
    /// - Throws: `StepError` `incomplete-release`.
    func requireStillThere() async throws {
        guard try await store.isComplete(version) else { throw incomplete() }
    }

    private func incomplete() -> StepError {
        StepError(
            "incomplete-release",
            "release \(version) cannot go live: \(store.resource) has no manifest of "
                + "it, so that it is missing or not complete",
            help: "let a `sync` step make it first, or name a release that has one: "
                + store.location(of: .manifest(of: version)))
    }

    /// Why a release may go live.
    struct Permission: Sendable {
        var reason: String
        /// What to report if nothing shows that the release is the newer one.
        var warning: String?
    }

    /// - Parameter planned: what the release is built from, for what no manifest says yet.
    /// - Throws: `StepError` `on-hold`, `older-release`.
    func refuseIfOlder(
        than live: ReleaseVersion?, allowOlder: Bool, planned: BuiltFrom
    ) async throws -> Permission {
        if allowOlder { return Permission(reason: "`allow-older` is set") }
        try await store.refuseIfOnHold()
        let git = GitAncestry(context: context)
        let rule = NewestWins(now: store.date(context.clock.date), by: store.clockName) { try await git.check($0, $1) }
        switch try await rule.decide(newSide(planned), over: try await liveSide(live)) {
        case .allowed(let reason): return Permission(reason: reason)
        case .unproven(let reason, let help):
            let advice = help.map { "; \($0)" } ?? ""
            return Permission(
                reason: reason,
                warning: "release \(version) replaces \(live?.name ?? "none"), and may be older: \(reason)\(advice)")
        case .refused(let reason, let help):
            throw StepError(
                "older-release", "release \(version) is older than \(live?.name ?? "none"), which is live: " + reason,
                help: "deploy the newest commit, or set `allow-older: true` to go back on purpose"
                    + (help.map { "; or \($0)" } ?? ""))
        }
    }

    private func newSide(_ planned: BuiltFrom) -> NewestWins.Side {
        var origin = header.map { BuiltFrom($0) } ?? planned
        // A manifest of an earlier runner has no date.
        if origin.commit == planned.commit { origin.committedAt = origin.committedAt ?? planned.committedAt }
        return origin.side(of: version, runStartedAt: store.date(context.run.startedAt).timestamp)
    }

    private func liveSide(_ live: ReleaseVersion?) async throws -> NewestWins.Side? {
        guard let live else { return nil }
        let deployment = try await store.deployment(of: live, by: pointer)
        let header = try await store.header(of: live, in: context.folder)
        // Commit and date must come from the same record.
        let origin = header.flatMap { $0.commit == nil ? nil : BuiltFrom($0) } ?? deployment.map(BuiltFrom.init)
        return (origin ?? BuiltFrom()).side(of: live, runStartedAt: deployment?.runStartedAt)
    }
}

/// The commit that a release was built from, as far as it is known.
struct BuiltFrom: Sendable {
    var commit: String?
    /// ISO 8601.
    var committedAt: String?

    init(commit: String? = nil, committedAt: String? = nil) {
        (self.commit, self.committedAt) = (commit, committedAt)
    }

    init(_ header: ManifestHeader) {
        self.init(commit: header.commit, committedAt: header.committedAt)
    }

    init(_ deployment: Deployment) {
        self.init(commit: deployment.commit, committedAt: deployment.committedAt)
    }

    func side(of version: ReleaseVersion, runStartedAt: String?) -> NewestWins.Side {
        NewestWins.Side(
            version: version, commit: commit, committedAt: committedAt.flatMap { Date(timestamp: $0) },
            runStartedAt: runStartedAt)
    }
}
