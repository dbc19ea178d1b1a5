internal import PipelineKit

/// Takes deploys back, and tells what visitors have then. `go(to:)`, which makes another release live, has its own file.
struct RollbackSession {
    let context: CommandContext
    let archive: RunArchive
    let output: CommandOutput
    let leftPrograms: LeftProgramsPolicy
    let isDryRun: Bool
    /// Whether visitors may be left without a release, unasked.
    let mayLeaveNothing: Bool
    let reader: DeployReader
    let selection: DeploySelection
    private let visit: StoreVisit

    /// - Parameters:
    ///   - scope: which deploys can be meant.
    ///   - version: the release that is wanted; nil if none was named.
    ///   - answer: nil if nobody can be asked.
    init(
        context: CommandContext, archive: RunArchive, scope: DeploySelection.Scope, to version: String?,
        output: CommandOutput, leftPrograms: LeftProgramsPolicy, isDryRun: Bool,
        answer: (@Sendable () async -> String?)?, mayLeaveNothing: Bool
    ) async throws {
        self.context = context
        self.archive = archive
        self.output = output
        self.leftPrograms = leftPrograms
        self.isDryRun = isDryRun
        self.mayLeaveNothing = mayLeaveNothing
        reader = DeployReader(registry: context.registry, environment: context.environment)
        visit = StoreVisit(context: context, project: Project(folder: context.currentFolder), state: archive.state)
        selection = try await DeploySelection(
            of: archive, scope, to: version, reader: reader, console: context.console, answer: answer, visit)
    }

    /// Takes back the live deploy of the site that is meant.
    func takeBackNewest() async throws -> Exit {
        try await takeBack(try await selection.newest(), mustChange: true)
    }

    /// Takes back a run.
    ///
    /// - Parameter name: its id, or a part of it.
    func takeBack(_ name: String) async throws -> Exit {
        try await takeBack(try selection.run(named: name), mustChange: false)
    }

    /// - Parameter mustChange: whether it is a failure if visitors have the same as before.
    private func takeBack(_ target: DeploySelection.Target, mustChange: Bool) async throws -> Exit {
        switch target {
        case .live(let found):
            let deploy = found.deploy
            let isInPlace = deploy.switches.contains(where: \.isLive)
            guard isInPlace || found.entry.history.hasUndoableChange else { throw nothingToUndo(found.entry) }
            if isDryRun { return preview(found) }
            let offers = deploy.switches.filter(\.isLive).map(\.offer.text).joined(separator: " and ")
            let what =
                offers.isEmpty ? "what \(deploy.pipeline) did beside its switch" : "\(offers) of \(deploy.pipeline)"
            try refuseUnasked(deploy, isNamed: !mustChange)
            tell("taking back \(what), run \(deploy.run)")
            try await confirm(deploy)
            return try await undo(found, mustChange: mustChange || isInPlace)
        case .unfinished(let found):
            if isDryRun { return preview(found) }
            if !mustChange, !found.entry.isAtWork { tellBegin(of: found.entry) }
            if mustChange, !found.entry.isAtWork {
                let isStuck = found.entry.history.rollbackFailed != nil
                let reason = isStuck ? "was not rolled back to its end" : "was \(RunState.interrupted.word)"
                tell("run \(found.deploy.run) of \(found.deploy.pipeline) \(reason), so its rollback comes first")
            }
            return try await undo(found, mustChange: mustChange)
        case .noDeploy(let entry): return try await undo(entry)
        }
    }

    private func undo(_ found: DeployReader.Found, mustChange: Bool) async throws -> Exit {
        let result = try await session(.rollback).resume(found.entry.path)
        var exit = RunPurpose.rollback.exit(of: result)
        guard !result.stoodAside, let now = reader.read(try archive.entry(found.entry.id)) else {
            return tell([], run: found.entry.id, exit)
        }
        let live = await LiveSites.look(at: found.deploy.switches.map(\.site), visit)
        let visitors = Visitors.after(found.deploy, takenBack: now.deploy, live)
        if exit == .success, mustChange, !visitors.haveChanged { exit = .failed }
        let undone = found.entry.history.toRollBack.map(\.step).filter(now.entry.history.rolledBack.contains)
        return tell(visitors, run: found.entry.id, undone: undone, exit, live)
    }

    /// Undoes a run that switches nothing.
    private func undo(_ entry: RunArchive.Entry) async throws -> Exit {
        guard entry.history.started != nil else { throw CommandError.neverStarted(entry.id) }
        guard entry.history.isUnfinished || entry.history.hasUndoableChange else { throw nothingToUndo(entry) }
        if isDryRun {
            UndoPlan(entry, reader.pipeline(of: entry)).show(on: output)
            return .success
        }
        if !entry.isAtWork { tellBegin(of: entry) }
        let exit = RunPurpose.rollback.exit(of: try await session(.rollback).resume(entry.path))
        let rolledBack = try archive.entry(entry.id).history.rolledBack
        return tell(
            [], run: entry.id, undone: entry.history.toRollBack.map(\.step).filter(rolledBack.contains), exit)
    }

    private func tellBegin(of entry: RunArchive.Entry) {
        tell("taking back run \(entry.id)" + (entry.history.started.map { " of \($0.pipeline)" } ?? ""))
    }

    private func nothingToUndo(_ entry: RunArchive.Entry) -> RollbackRefusal {
        let reason =
            switch entry.state {
            case .rolledBack: "has been taken back already"
            case .failed: "failed and left nothing behind"
            case .notStarted, .atWork, .interrupted, .succeeded, .unfinished, .stuck:
                "changed nothing that can be undone"
            }
        return .nothingToUndo(entry.id, reason, archive.commands)
    }

    /// The switch before which there was nothing, so that to take it back leaves visitors without a release.
    private func first(of deploy: Deploy) -> Deploy.Switch? {
        mayLeaveNothing ? nil : deploy.switches.first { $0.isInPlace && $0.before == .nothing }
    }

    /// Nobody is left without a site because a script has typed one rollback too many.
    private func refuseUnasked(_ deploy: Deploy, isNamed: Bool) throws {
        guard selection.answer == nil, let made = first(of: deploy) else { return }
        throw RollbackRefusal.leavesNothing(
            at: made.site.name, run: deploy.run, isNamed: isNamed, archive.commands)
    }

    /// Asks before the first deploy is taken back: there was nothing before it.
    private func confirm(_ deploy: Deploy) async throws {
        guard let answer = selection.answer, let made = first(of: deploy) else { return }
        context.console.ask("nothing was at \(made.site.name) before it: leave visitors without a release? [y/N]")
        let text = await answer()?.lowercased() ?? ""
        guard ["y", "yes"].contains(text) else { throw RollbackRefusal.notChosen }
    }

    private func preview(_ found: DeployReader.Found) -> Exit {
        UndoPlan(found.entry, found.pipeline, found.deploy).show(on: output)
        tellHolds(selection.live)
        return .success
    }

    // MARK: For each way back

    func session(_ purpose: RunPurpose) -> RunSession {
        RunSession(context: context, purpose: purpose, output: output, leftPrograms: leftPrograms)
    }

    func tell(_ line: String) { output.note(SanitizedText.clean(line)) }

    /// Tells what visitors have now.
    ///
    /// - Parameters:
    ///   - run: the one that was taken back, or that made another release live.
    ///   - undone: its steps that are undone, in this order.
    ///   - live: what stores and pointers say.
    ///   - isToldByRun: whether the run's last lines have told it to people.
    /// - Returns: `exit`.
    func tell(
        _ visitors: [Visitors], run: String, undone: [String] = [], _ exit: Exit, _ live: LiveSites = .unknown,
        isToldByRun: Bool = false
    ) -> Exit {
        if !isToldByRun {
            for line in visitors.lines() { output.note(SanitizedText.clean(line), isBad: exit != .success) }
        }
        if visitors.contains(where: \.isStuck) {
            let command = archive.commands.rollback(to: "VERSION")
            output.note("`\(command)` makes any other release of the store live", isBad: true)
        }
        tellHolds(live)
        output.document(.rollback(visitors, run: run, isDryRun: false, steps: undone, exit: exit))
        return exit
    }

    private func tellHolds(_ live: LiveSites) {
        for line in live.holdLines { tell(line) }
    }
}
