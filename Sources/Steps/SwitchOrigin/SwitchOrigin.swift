internal import Logging
public import PipelineKit
internal import Releases

/// Points viewers at a release: the one write that they notice.
public struct SwitchOrigin: Step {
    public static let kind = StepKind(
        "switch-origin", "points viewers at a release", timeout: .seconds(2_400), rollbackTimeout: .seconds(3_600),
        undoing:
            "Visitors are pointed back at what they had, every edge gets it, and the caches are dropped. Files that "
            + "`overlap` has shared stay, since pages that use them may be open.",
        followUp: .init(
            "invalidate", ifThereIs: "distribution",
            otherwise: "edges may serve the old release until their copies expire"),
        example: """
            - uses: switch-origin
              with: { store: "s3://my-bucket/site", distribution: E2QWRUHAPOMQZL }
            """)

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public var effect: Effect { .reversible }

    public static func resources(of options: Options, in project: Project) -> [Resource] {
        options.$store.known.map { [$0.resource(in: project)] } ?? []
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let site = try await open(in: context)
        let live = try await site.target.position()
        let found = try await found(at: live, site)
        let before = Before(live, found, origin: site.target.pointer.origin?.id)
        let gate = gate(of: site, context)
        if live.version == options.version {
            try await gate.requireManifest()
            if try await isSettled(site.target) { return .already(try output(site.target, before)) }
            let detail = "it is at \(options.version), and not every edge has it yet"
            return .change(from: before, [Change(.keep, site.target.name, detail: detail)])
        }
        // The release itself is looked for by `run`: a plan looks before there is one.
        let permission = try await gate.refuseIfOlder(
            than: live.version, allowOlder: options.allowOlder, planned: options.builtFrom)
        if let warning = permission.warning { context.logger.warning("\(warning)") }
        let from = found.map { "from " + Self.described(live, $0) + " " } ?? ""
        let detail = from + "to \(options.version): \(permission.reason)"
        return .change(from: before, [Change(.point, site.target.name, detail: detail)])
    }

    /// - Returns: nil if the pointer is nowhere.
    private func found(at live: Position, _ site: Site) async throws -> Before.Found? {
        if live == Position() { return nil }
        if let version = live.version, try await site.store.isComplete(version) { return .release }
        return try await site.target.leadsSomewhere(live) ? .foreign : .nothing
    }

    private static func described(_ live: Position, _ found: Before.Found) -> String {
        switch found {
        case .release: "\(live)"
        case .foreign where live.version != nil: "\(live), which has no manifest and so is not the runner's,"
        case .foreign: "\(live), which is no release of the store,"
        case .nothing: "\(live), where nothing is,"
        }
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let site = try await open(before, in: context)
        let live = try await site.target.position()
        // An earlier attempt came as far as the pointer.
        if live.version != options.version {
            guard live == before.position else {
                throw try await changedMeanwhile(site, live, expected: "\(before.position)")
            }
            try await point(site, from: before, context)
        }
        if options.wait { try await site.target.settle(context) }
        return try output(site.target, before)
    }

    private func point(_ site: Site, from before: Before, _ context: StepContext) async throws {
        let (store, target) = (site.store, site.target)
        let gate = gate(of: site, context)
        try await gate.requireManifest()
        _ = try await gate.refuseIfOlder(
            than: before.previous, allowOlder: options.allowOlder, planned: options.builtFrom)
        try await shareOverlap(site, live: before.previous, context)
        let record = StoreRecord.deployment(run: context.run.id, target.pointer)
        let isFirstTry = try await store.record(deployment(before, site, context))
        try await store.register(target.pointer, in: context)
        do {
            try await target.point(at: options.version, from: before.position, context) {
                try await context.leases.confirm(store.resource)
            }
        } catch let error as NotSwitched {
            // An earlier try may have come further than this one. A record that stays is no harm: the rollback looks again.
            if isFirstTry { try? await store.delete(record) }
            let now = try? await target.position()
            guard let now, now != before.position else { throw error.cause }
            throw try await changedMeanwhile(site, now, expected: "\(before.position)")
        }
        try await gate.requireManifest()
        context.logger.info("\(target.name) is at \(options.version)")
    }

    private func isSettled(_ target: any SwitchTarget) async throws -> Bool {
        guard options.wait else { return true }
        return try await target.isSettled()
    }

    private func gate(of site: Site, _ context: StepContext) -> SwitchGate {
        SwitchGate(version: options.version, store: site.store, pointer: site.target.pointer, context: context)
    }

    func changedMeanwhile(_ site: Site, _ live: Position, expected: String) async throws -> StepError {
        let doer = try await site.store.lastGood(of: site.target.pointer).map { "; the last switch was \($0.doer)" }
        return StepError(
            "changed-meanwhile",
            "\(site.target.name) is at \(live) and not at \(expected), so somebody else has changed it and it stays"
                + (doer ?? ""),
            help: "look at it: `\(site.target.inspection)`, and deploy again if it is not what you want",
            retry: .conflict)
    }

    private func deployment(_ before: Before, _ site: Site, _ context: StepContext) async throws -> Deployment {
        let header = try await site.store.header(of: options.version, in: context.folder)
        return Deployment(
            version: options.version, previous: before.previous, pointer: site.target.pointer, runID: context.run.id,
            pipeline: context.run.pipeline, commit: header?.commit, committedAt: header?.committedAt,
            madeAt: header?.createdAt,
            at: context.clock.date.timestamp, runStartedAt: context.run.startedAt.timestamp,
            origin: RunOrigin(environment: context.environment))
    }

    private func output(_ target: any SwitchTarget, _ before: Before) throws -> Output {
        var output = Output()
        output.changed = before.previous != options.version
        output.previous = before.previous?.name
        output.path = try target.path(of: options.version)
        return output
    }
}
