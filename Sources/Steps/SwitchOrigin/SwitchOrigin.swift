internal import Logging
public import PipelineKit
internal import Releases

/// Points visitors at a release: the one write that they notice.
public struct SwitchOrigin: ConcludingStep {
    public static let kind = StepKind(
        "switch-origin", "points visitors at a release", timeout: .seconds(2_400), rollbackTimeout: .seconds(3_600),
        undoing:
            "Visitors are pointed back at what they had, every edge gets it, and the caches are dropped. If they had a "
            + "release whose run did not come to its end, they are pointed at the last good one instead. Files that "
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

    public static var effect: Effect { .reversible }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .everything }

    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
        options.$store.map { [$0.resource(in: project)] } ?? []
    }

    public static func preflight(_ options: KnownOptions<Options>) -> Preflight? {
        guard let store = options.$store, let distribution = options.$distribution, let origin = options.$origin,
            let link = options.$current, store.isFolder || distribution != nil
        else { return nil }
        let selection = PointerSelection(store, distribution: distribution, origin: origin, link: link)
        let obeysHold = options.$allowOlder == false
        return { context in
            try await selection.preflight(in: context)
            if obeysHold { try await store.open(in: context).refuseIfOnHold() }
        }
    }

    /// The store, and the pointer into it that this step switches.
    struct Site: Sendable {
        let store: any ReleaseStore
        let found: PointerSelection.Found
        var pointer: any ReleasePointer { found.pointer }
    }

    /// - Parameter before: what was found when the step first looked; nil when it does so now.
    func open(_ before: Before? = nil, in context: StepContext) async throws -> Site {
        let store = try await options.store.open(in: context)
        let found = try await options.pointer.find(pinnedTo: before?.origin, of: store, in: context)
        return Site(store: store, found: found)
    }

    // MARK: - Looking

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let site = try await open(in: context)
        let live = try await site.found.state()
        for sentence in try site.pointer.bystanders(live, goingTo: options.version) {
            context.logger.warning("\(sentence)")
        }
        let found = try await found(at: live, site)
        let unfinished = try await unfinishedSwitch(to: live, site, context)
        let before = Before(live, found, origin: site.pointer.record.origin?.id, unfinished: unfinished)
        let gate = try await SwitchGate(options.version, in: site.store, pointer: site.pointer.record, context)
        if live.version == options.version {
            try gate.requireManifest()
            if let unfinished { return .change(from: before, again(unfinished, before, site, context)) }
            if !context.isPlan, lastSigned(of: site.store, context) != nil {
                let detail = "it is at \(options.version), and the run that had the store may still try to change it"
                return .change(from: before, changes(.keep, site.pointer, detail, detail))
            }
            let isLive = options.wait ? try await site.pointer.isLiveEverywhere() : true
            if isLive, options.hold, try await site.store.hold() == nil {
                let detail = "it is at \(options.version), and the store is put on hold"
                return .change(from: before, changes(.keep, site.pointer, detail, detail))
            }
            if isLive { return .already(try output(site.pointer, before)) }
            let detail = "it is at \(options.version), and not every edge has it yet"
            return .change(from: before, changes(.keep, site.pointer, detail, detail))
        }
        // Only `run` requires the release: a plan looks before there is one.
        let permission = try await gate.refuseIfOlder(
            than: live.version, allowOlder: options.allowOlder, planned: options.builtFrom)
        if let warning = permission.warning { context.logger.warning("\(warning)") }
        if let unfinished, unfinished.isUnchecked, let live = live.version {
            let back = unfinished.lastGood.map { "goes back to \($0)" } ?? "has no better release to go back to"
            context.logger.notice("\(unfinished.sentence(live)); a rollback \(back)")
        }
        let from = found.map { Self.described(live, $0) }
        let detail = (from.map { "from \($0) " } ?? "") + "to \(options.version): \(permission.reason)"
        let summary = "\(from ?? "no release") -> \(options.version): \(permission.reason)"
        var changes = changes(.point, site.pointer, detail, summary)
        if context.isPlan {
            changes.unprovenRights = try site.pointer.checkRights()
            context[PlannedSwitchesKey.self].note(
                deployment(before, site, context), in: site.store.resource)
        }
        return .change(from: before, changes)
    }

    private func unfinishedSwitch(
        to live: PointerState, _ site: Site, _ context: StepContext
    ) async throws -> UnfinishedSwitch? {
        guard let version = live.version else { return nil }
        // A newer release rests on what this run has finished: that is what it goes back to.
        let settled = version == options.version ? context[SettledRunsKey.self] : SettledRuns()
        return try await site.store.unfinishedSwitch(
            to: version, of: site.pointer.record, besides: context.run.id, settled, in: context.folder)
    }

    /// The release is live, and the run that switched to it has left something undone.
    private func again(
        _ unfinished: UnfinishedSwitch, _ before: Before, _ site: Site, _ context: StepContext
    ) -> ChangeList {
        let reason = unfinished.sentence(options.version)
        let detail = reason + ", so that this run does what belongs to a change"
        context.logger.notice("\(detail)")
        if context.isPlan {
            context[PlannedSwitchesKey.self].note(deployment(before, site, context), in: site.store.resource)
        }
        return changes(.keep, site.pointer, detail, "\(options.version), as before: \(reason)")
    }

    private func changes(
        _ verb: Change.Verb, _ pointer: any ReleasePointer, _ detail: String, _ summary: String
    ) -> ChangeList {
        var changes: ChangeList = [Change(verb, pointer.name, detail: detail)]
        changes.summary = summary
        return changes
    }

    /// - Returns: nil if the pointer is nowhere.
    private func found(at live: PointerState, _ site: Site) async throws -> Before.Found? {
        if live == .nowhere { return nil }
        if let version = live.version, try await site.store.isComplete(version) { return .release }
        return try await site.pointer.leadsSomewhere(live) ? .foreign : .nothing
    }

    private static func described(_ live: PointerState, _ found: Before.Found) -> String {
        switch found {
        case .release: "\(live)"
        case .foreign where live.version != nil: "\(live), which has no manifest and so is not the runner's,"
        case .foreign: "\(live), which is not a release of the store,"
        case .nothing: "\(live), where there is nothing,"
        }
    }

    // MARK: - Switching

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let site = try await open(before, in: context)
        var live = try await site.found.state()
        if let lastSigned = lastSigned(of: site.store, context) {
            // What the run that had the lease before has sent must not arrive after this.
            try await context.leases.confirm(site.store.resource)
            live = try await site.pointer.fence(lastSigned, context)
        }
        // If it is there already, an earlier attempt came as far as the pointer.
        if live.version != options.version {
            guard live == before.state else {
                throw try await changedMeanwhile(site, live, expected: "\(before.state)")
            }
            try await point(site, from: before, live, context)
        } else if before.unfinished != nil, before.previous == options.version {
            try await takeOn(site, from: before, context)
        }
        if options.hold { try await putOnHold(site, context) }
        if options.wait { try await site.pointer.waitUntilLive(context) }
        return try output(site.pointer, before)
    }

    private func point(_ site: Site, from before: Before, _ live: PointerState, _ context: StepContext) async throws {
        let (store, pointer) = (site.store, site.pointer)
        let gate = try await SwitchGate(options.version, in: store, pointer: pointer.record, context)
        let header = try gate.requireManifest()
        _ = try await gate.refuseIfOlder(
            than: before.previous, allowOlder: options.allowOlder, planned: options.builtFrom)
        try await shareOverlap(site, live: before.previous, context)
        let record = StoreRecord.deployment(run: context.run.id, pointer.record)
        let isFirstTry = try await store.record(deployment(of: header, before, site, context))
        try await store.register(pointer.record, in: context)
        do {
            try await context.shielded.run(context.clock) { [version = options.version] in
                try await pointer.point(at: version, from: live, context) {
                    try await context.leases.confirm(store.resource)
                }
            }
        } catch let error as NotSwitched {
            // An earlier try may have come further than this one. A record that stays is no harm: the rollback looks again.
            if isFirstTry { try? await store.delete(record) }
            let now = try? await pointer.state()
            guard let now, now != before.state else { throw error.cause }
            throw try await changedMeanwhile(site, now, expected: "\(before.state)")
        }
        try await gate.requireStillThere()
        context.logger.info("\(pointer.name) is at \(options.version)")
    }

    private func putOnHold(_ site: Site, _ context: StepContext) async throws {
        let hold = Hold(
            reason: "\(context.run.pipeline) has made \(options.version) live",
            by: RunOrigin(environment: context.environment).who,
            since: site.store.date(context.clock.date).timestamp, runID: context.run.id)
        try await site.store.putOnHoldIfFree(hold)
        context.logger.notice("\(site.store.resource) is on hold; `\(site.store.lifting)` lets deploys continue")
    }

    /// By this run's clock, the latest date that a request of the run that had the store before can be signed with; nil if
    /// that run has given its lease back.
    func lastSigned(of store: any ReleaseStore, _ context: StepContext) -> ContinuousClock.Instant? {
        context.leases.holding(of: store.resource)?.lastSigned
    }

    /// Makes the switch of an earlier run, which is unfinished, one of this run: it is recorded, and nothing is pointed.
    private func takeOn(_ site: Site, from before: Before, _ context: StepContext) async throws {
        let gate = try await SwitchGate(options.version, in: site.store, pointer: site.pointer.record, context)
        let header = try gate.requireManifest()
        try await context.leases.confirm(site.store.resource)
        try await site.store.record(deployment(of: header, before, site, context))
        try await site.store.register(site.pointer.record, in: context)
    }

    /// From here on the switch is finished, but for steps that are not done.
    public func conclude(from before: Before, in context: StepContext) async throws {
        let site = try await open(before, in: context)
        try await context.leases.confirm(site.store.resource)
        let open = context.run.steps.filter { $0.outcome == .unfinished }.map(\.id)
        let end = DeploymentEnd(at: site.store.date(context.clock.date).timestamp, open: open)
        try await site.store.recordEnd(end, run: context.run.id, site.pointer.record)
    }

    public func summary(of output: Output) -> String? {
        let place = options.distribution == nil ? "" : options.wait ? ", on every edge" : ", edges follow"
        guard output.changed else { return "\(options.version), as before\(options.wait ? place : "")" }
        if output.previous == options.version.name {
            return "\(options.version), as before, whose switch was not finished\(options.wait ? place : "")"
        }
        return (output.previous.map { "\($0) -> " } ?? "") + "\(options.version)\(place)"
    }

    func changedMeanwhile(_ site: Site, _ live: PointerState, expected: String) async throws -> StepError {
        let doer = try await site.store.lastGood(of: site.pointer.record).map { "; the last switch was \($0.doer)" }
        return StepError(
            "changed-meanwhile",
            "\(site.pointer.name) is at \(live) and not at \(expected), so somebody else has changed it and it stays"
                + (doer ?? ""),
            help: "look at it: `\(site.pointer.inspection)`, and deploy again if it is not what you want",
            retry: .conflict)
    }

    /// - Parameter header: of the release's manifest; nil in a plan, which has none yet.
    private func deployment(
        of header: ManifestHeader? = nil, _ before: Before, _ site: Site, _ context: StepContext
    ) -> Deployment {
        Deployment(
            version: options.version, previous: before.previous, pointer: site.pointer.record, runID: context.run.id,
            pipeline: context.run.pipeline, commit: header?.commit, committedAt: header?.committedAt,
            madeAt: header?.createdAt, at: site.store.date(context.clock.date).timestamp,
            runStartedAt: site.store.date(context.run.startedAt).timestamp,
            origin: RunOrigin(environment: context.environment), end: .awaited)
    }

    private func output(_ pointer: any ReleasePointer, _ before: Before) throws -> Output {
        var output = Output()
        output.changed = before.previous != options.version || before.unfinished != nil
        output.previous = before.previous?.name
        output.path = try pointer.path(of: options.version)
        return output
    }
}
