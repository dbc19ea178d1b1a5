internal import Logging
public import PipelineKit
internal import Releases

extension SwitchOrigin {
    public func rollback(to before: Before, in context: StepContext) async throws {
        let done = try await context.shielded.run(context.clock) { try await writeBack(to: before, in: context) }
        let (site, pointer) = (done.site, done.site.pointer)
        if options.hold { try await site.store.liftHold(of: context.run.id) }
        switch done.ending {
        case .untouched: return
        case .replaced(let live):
            try await site.store.recordUndone(
                undone(restored: live.version, context), run: context.run.id, pointer.record)
            context.noteRestored("nothing to restore: \(pointer.name) is at \(live) by now")
        case .restored(let state, hasWritten: _):
            try await pointer.waitUntilLive(context)
            try await pointer.dropCaches(options.invalidateOnRollback.patterns, context)
            let undone = undone(restored: state.version, context)
            if state != before.state {
                try await site.store.recordUndoneUnfinished(undone, of: pointer.record, besides: context.run.id)
                if let run = before.unfinished?.run {
                    try await site.store.recordUndone(undone, run: run, pointer.record)
                }
            }
            try await site.store.recordUndone(undone, run: context.run.id, pointer.record)
            let place = options.distribution == nil ? "" : ", on every edge"
            context.noteRestored("\(options.version) -> \(state)\(place)")
        }
    }

    /// The pointer's write alone: the edges and their caches follow when the rollback has its turn.
    public func restoreAtOnce(to before: Before) -> (@Sendable (StepContext) async throws -> String?)? {
        { context in
            let done = try await context.shielded.run(context.clock) { try await writeBack(to: before, in: context) }
            guard case .restored(let state, hasWritten: true) = done.ending else { return nil }
            let edges = options.distribution == nil ? "" : "; its edges follow, and then their caches are dropped"
            return "\(done.site.pointer.name) is at \(state) again\(edges)"
        }
    }

    private struct WriteBack: Sendable {
        var site: Site
        var ending: Ending

        enum Ending: Sendable {
            /// This run has not switched the pointer, or has taken that back already.
            case untouched
            /// The pointer is at what was there before, or at the last good release.
            case restored(PointerState, hasWritten: Bool)
            /// Somebody else has switched the pointer since: nothing of this run is left to restore.
            case replaced(by: PointerState)
        }
    }

    /// Points visitors back if the pointer is still as this run left it.
    private func writeBack(to before: Before, in context: StepContext) async throws -> WriteBack {
        let site = try await open(before, in: context)
        let (store, pointer) = (site.store, site.pointer)
        // This record is written before the pointer: without it, this run has not touched the pointer.
        guard try await store.read(.deployment(run: context.run.id, pointer.record)) != nil,
            try await store.read(.undone(run: context.run.id, pointer.record)) == nil
        else { return WriteBack(site: site, ending: .untouched) }
        let good = try before.withoutUnchecked(to: options.version, pointer)
        var live = try await site.found.state()
        // If the pointer is elsewhere, the write that takes it back is a fence too.
        if isBack(live, before, good), !isFinished(in: context) {
            live = try await pointer.fence(lastSigned(of: store, context) ?? context.clock.now, context)
        }
        if isBack(live, before, good) { return WriteBack(site: site, ending: .restored(live, hasWritten: false)) }
        let last = try await store.lastGood(of: pointer.record)
        let isOurs = last?.runID == context.run.id
        if live.version != options.version || !isOurs && last?.version == options.version {
            tellReplaced(live, by: isOurs ? nil : last, site, context)
            return WriteBack(site: site, ending: .replaced(by: live))
        }
        // The other run was about to switch it; its own recovery decides.
        guard isOurs else { throw try await changedMeanwhile(site, live, expected: options.version.name) }
        guard let good else { throw noGoodRelease(before, site) }
        try await restore(good, site, context)
        return WriteBack(site: site, ending: .restored(good.state, hasWritten: true))
    }

    /// True if visitors have what they are to go back to, or what they had before if this run has not changed it.
    private func isBack(_ live: PointerState, _ before: Before, _ good: Before?) -> Bool {
        live == good?.state || live == before.state && before.previous != options.version
    }

    private func noGoodRelease(_ before: Before, _ site: Site) -> StepError {
        let reason = before.unfinished.map { ": \($0.sentence(options.version))" } ?? ""
        return StepError(
            "no-good-release",
            "\(site.pointer.name) stays at \(options.version), since no release is known to be better\(reason), and no run "
                + "before it has come to its end",
            help: "deploy a release that passes its checks")
    }

    /// - Parameter doer: nil if no run of the store has done it.
    private func tellReplaced(_ live: PointerState, by doer: Deployment?, _ site: Site, _ context: StepContext) {
        let name = site.pointer.name
        if let doer, doer.version == live.version {
            context.logger.info("\(name) is at \(live) since \(doer.doer), so nothing of this run is left to restore")
        } else {
            context.logger.warning(
                """
                \(name) is at \(live) and not at \(options.version): somebody else has changed it, so it stays. Look at it: \
                `\(site.pointer.inspection)`, and deploy again if it is not what you want
                """)
        }
    }

    private func undone(restored: ReleaseVersion?, _ context: StepContext) -> UndoneDeployment {
        UndoneDeployment(at: context.clock.date.timestamp, restored: restored)
    }

    private func restore(_ before: Before, _ site: Site, _ context: StepContext) async throws {
        try await refuseIfGone(before, site, context)
        do {
            try await site.pointer.restore(before.state, from: options.version, context) {
                try await context.leases.confirm(site.store.resource)
            }
        } catch let error as NotSwitched {
            throw error.cause
        }
        guard before.state != .nowhere else { return }
        context.logger.info("\(site.pointer.name) is at \(before.state) again")
    }

    /// - Throws: `StepError` `previous-is-gone` if what was there before is gone.
    private func refuseIfGone(_ before: Before, _ site: Site, _ context: StepContext) async throws {
        let reason: String
        if let previous = before.previous, try await lacksRecords(previous, before.found, site) {
            reason = "the release was deleted since, or its manifest is gone"
        } else if before.state != .nowhere, before.found != .nothing,
            try await !site.pointer.leadsSomewhere(before.state)
        {
            reason = "there is nothing there any more"
        } else {
            return
        }
        var places = [before.previous.map { site.store.location(of: $0) } ?? "\(before.state)"]
        if let previous = before.previous, before.found != .foreign {
            places.append(site.store.location(of: .manifest(of: previous)))
        }
        throw StepError(
            "previous-is-gone",
            "\(site.pointer.name) cannot go back to \(before.state): \(reason), so that it stays at \(options.version)",
            help:
                "deploy another release, which takes its place; or restore \(places.joined(separator: " and ")) from a "
                + "backup, and then type the command that this run ends with")
    }

    /// True if a release of the runner is no longer complete. A release of another tool has no records.
    private func lacksRecords(_ version: ReleaseVersion, _ found: Before.Found?, _ site: Site) async throws -> Bool {
        switch found {
        case .foreign, .nothing: return false
        case .release: return try await !site.store.isComplete(version)
        case nil:
            // An older runner did not note what it had found.
            if try await site.store.isComplete(version) { return false }
            return try await site.store.exists(.trash(version))
        }
    }

    /// True if the journal has the step's result: then none of its writes is pending.
    private func isFinished(in context: StepContext) -> Bool {
        context.run.steps.contains { $0.id == context.stepID && $0.outcome == .success }
    }
}

extension SwitchOrigin.Before {
    /// What to go back to: what was there, or the last good release in place of one that nobody has found good.
    ///
    /// - Returns: nil if `version` itself was there, and there is no better one.
    fileprivate func withoutUnchecked(
        to version: ReleaseVersion, _ pointer: any ReleasePointer
    ) throws -> SwitchOrigin.Before? {
        guard let unfinished, unfinished.isUnchecked else { return self }
        guard let good = unfinished.lastGood else { return previous == version ? nil : self }
        return SwitchOrigin.Before(try pointer.state(at: good), .release, origin: origin, unfinished: nil)
    }
}
