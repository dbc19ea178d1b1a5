internal import Logging
public import PipelineKit
internal import Releases
internal import SystemPackage

/// Points viewers at a release: the one write that they notice.
public struct SwitchOrigin: Step {
    public static let kind = StepKind(
        "switch-origin", "points viewers at a release", timeout: .seconds(2_400), rollbackTimeout: .seconds(3_600),
        example: """
            - uses: switch-origin
              with: { store: /srv/www/site }
            """)

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public var effect: Effect { .reversible }

    public static func resources(of options: Options, in project: Project) -> [Resource] {
        options.$store.known.map { [$0.resource(in: project)] } ?? []
    }

    private var pointer: Pointer { Pointer(link: options.current) }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let store = try options.store.openFolder(in: context.project)
        let link = CurrentLink(of: store, name: options.current)
        let live = try link.target()
        if live == options.version {
            try await requireManifest(in: store, context)
            return .already(output(link, previous: live, changed: false))
        }
        // The release itself is looked for by `run`: a plan looks before there is one.
        let reason = try await refuseIfNotAllowed(over: live, in: store, context)
        let detail = (live.map { "from \($0) " } ?? "") + "to \(options.version): \(reason)"
        return .change(from: Before(previous: live), [Change(.point, link.path.string, detail: detail)])
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let store = try options.store.openFolder(in: context.project)
        let link = CurrentLink(of: store, name: options.current)
        let live = try link.target()
        // An earlier attempt came as far as the link.
        if live == options.version { return output(link, previous: before.previous, changed: true) }
        guard live == before.previous else {
            throw try await changedMeanwhile(link, live, in: store, expected: before.previous)
        }
        try await requireManifest(in: store, context)
        _ = try await refuseIfNotAllowed(over: live, in: store, context)
        try await store.record(deployment(before, in: store, context))
        try await store.register(pointer)
        try await context.leases.confirm(store.resource)
        try link.point(at: options.version, token: context.run.id)
        try await requireManifest(in: store, context)
        context.logger.info("\(link.path) is at \(options.version)")
        return output(link, previous: before.previous, changed: true)
    }

    public func rollback(to before: Before, in context: StepContext) async throws {
        let store = try options.store.openFolder(in: context.project)
        let link = CurrentLink(of: store, name: options.current)
        let record = StoreRecord.deployment(run: context.run.id, pointer)
        // Written before the link: without it this run has not touched the link.
        guard try await store.read(record) != nil else { return }
        if try await store.read(.undone(run: context.run.id, pointer)) != nil { return }
        let live = try link.target()
        if live != before.previous {
            guard live == options.version, try await isOurs(in: store, context) else {
                throw try await changedMeanwhile(link, live, in: store, expected: options.version)
            }
            try await restore(link, before, in: store, context)
        }
        let undone = UndoneDeployment(at: context.clock.date.timestamp, restored: before.previous)
        try await store.recordUndone(undone, run: context.run.id, pointer)
    }

    private func restore(
        _ link: CurrentLink, _ before: Before, in store: FolderStore, _ context: StepContext
    ) async throws {
        if let previous = before.previous, try await !store.isComplete(previous) {
            throw StepError(
                "previous-is-gone",
                "\(link.path) cannot go back to \(previous): that release is no longer in the store",
                help: "deploy a release that is, or restore \(store.folder(of: previous)) from a backup")
        }
        try await context.leases.confirm(store.resource)
        guard let previous = before.previous else { return try link.remove() }
        try link.point(at: previous, token: context.run.id)
        context.logger.info("\(link.path) is at \(previous) again")
    }

    /// Whether no other run has switched the link since this one did, be it to the same release.
    private func isOurs(in store: FolderStore, _ context: StepContext) async throws -> Bool {
        try await store.lastGood(of: pointer)?.runID == context.run.id
    }

    /// A release without a manifest is not complete: viewers would miss files.
    private func requireManifest(in store: FolderStore, _ context: StepContext) async throws {
        guard let header = try await store.header(of: options.version, in: context.folder) else {
            throw StepError(
                "incomplete-release",
                "release \(options.version) cannot go live: \(store.resource) has no manifest of "
                    + "it, so that it is missing or not complete",
                help: "let a `sync` step make it first, or name a release that is in \(store.root)/.runner/manifests")
        }
        guard header.version == options.version else {
            throw StepError(
                "bad-manifest", "the manifest of \(options.version) in \(store.resource) is that of \(header.version)",
                help: "restore \(store.path(of: .manifest(of: options.version))) from a backup")
        }
    }

    /// - Returns: why it is allowed.
    private func refuseIfNotAllowed(
        over live: ReleaseVersion?, in store: FolderStore, _ context: StepContext
    ) async throws -> String {
        if options.allowOlder { return "`allow-older` is set" }
        try await store.refuseIfOnHold()
        let folder = context.folder
        let commit = try await store.header(of: options.version, in: folder)?.commit
        let new = NewestWins.Side(
            version: options.version, commit: commit, runStartedAt: context.run.startedAt.timestamp)
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
                "older-release",
                "release \(options.version) is older than \(live?.name ?? "none"), which is live: "
                    + reason, help: "deploy the newest commit, or set `allow-older: true` to go back on purpose")
        }
    }

    private func changedMeanwhile(
        _ link: CurrentLink, _ live: ReleaseVersion?, in store: FolderStore, expected: ReleaseVersion?
    ) async throws -> StepError {
        let doer = try await store.lastGood(of: pointer).map { "; the last switch was \($0.doer)" } ?? ""
        return StepError(
            "changed-meanwhile",
            "\(link.path) is at \(live?.name ?? "nothing") and not at "
                + "\(expected?.name ?? "nothing"), so somebody else has changed it and it stays\(doer)",
            help: "look at `ls -l \(link.path)`, and deploy again if it is not what you want", retry: .conflict)
    }

    private func deployment(_ before: Before, in store: FolderStore, _ context: StepContext) async throws -> Deployment
    {
        Deployment(
            version: options.version, previous: before.previous, pointer: pointer, runID: context.run.id,
            pipeline: context.run.pipeline,
            commit: try await store.header(of: options.version, in: context.folder)?.commit,
            at: context.clock.date.timestamp, runStartedAt: context.run.startedAt.timestamp,
            origin: RunOrigin(environment: context.environment))
    }

    private func output(_ link: CurrentLink, previous: ReleaseVersion?, changed: Bool) -> Output {
        var output = Output()
        output.changed = changed
        output.previous = previous?.name
        output.path = link.path.string
        return output
    }
}
