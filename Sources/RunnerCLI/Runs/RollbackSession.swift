internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Finds the deploy that a rollback is about, undoes it or makes another release live, and tells what visitors have then.
struct RollbackSession {
    let context: CommandContext
    let archive: RunArchive
    /// The user's, or the project that was named.
    let folder: FilePath
    /// The pipeline file that was named.
    let pipeline: FilePath?
    let verbosity: Verbosity
    let isJSON: Bool
    let isDryRun: Bool
    /// Nil where nobody can be asked.
    let answer: (@Sendable () async -> String?)?
    /// Whether visitors may be left without a release, unasked.
    let mayLeaveNothing: Bool

    private let reader: DeployReader
    private let found: [DeployReader.Found]
    /// Runs whose journals cannot be read, the newest first.
    private let damaged: [(run: String, error: any Error)]

    init(
        context: CommandContext, archive: RunArchive, folder: FilePath, pipeline: FilePath?, verbosity: Verbosity,
        isJSON: Bool, isDryRun: Bool, answer: (@Sendable () async -> String?)?, mayLeaveNothing: Bool
    ) throws {
        self.context = context
        self.archive = archive
        self.folder = folder
        self.pipeline = pipeline
        self.verbosity = verbosity
        self.isJSON = isJSON
        self.isDryRun = isDryRun
        self.answer = answer
        self.mayLeaveNothing = mayLeaveNothing
        var damaged: [(run: String, error: any Error)] = []
        let entries = try archive.entries(to: .change) { damaged.append(($0, $1)) }
        if entries.isEmpty, damaged.isEmpty { throw CommandError.noRuns(archive.state.path.string) }
        reader = DeployReader(registry: context.registry, environment: context.environment)
        found = reader.deploys(among: entries)
        self.damaged = damaged
    }

    // MARK: Commands

    /// Takes back the live deploy of the site that is meant.
    func takeBackNewest() async throws -> Exit {
        let choice = choice
        var decision = choice.newest()
        if case .choose(let deploys) = decision {
            decision = choice.decide(
                on: try await choose(deploys, "which deploy should be taken back?") {
                    archive.commands.rollback($0.run)
                })
        }
        switch decision {
        case .takeBack(let deploy):
            // What it did is not known: it may be what visitors have.
            if let newer = damaged.first(where: { $0.run > deploy.run }) { throw newer.error }
            return try await takeBack(try known(deploy), hasToChange: true)
        case .finish(let deploy): return try await finish(try known(deploy), hasToChange: true)
        case .choose, .refuse: throw damaged.first?.error ?? refusal(decision)
        }
    }

    /// Takes back a run.
    ///
    /// - Parameter name: its id, or a part of it.
    func takeBack(_ name: String) async throws -> Exit {
        let entry = try entry(named: name)
        reportDamaged()
        guard let found = found.first(where: { $0.entry.id == entry.id }) else { return try await undo(entry) }
        let decision = choice.decide(on: found.deploy)
        switch decision {
        case .takeBack: return try await takeBack(found, hasToChange: false)
        case .finish: return try await finish(found, hasToChange: false)
        case .choose, .refuse: throw refusal(decision)
        }
    }

    /// Makes a release live, by a run of its own.
    func go(to selection: String) async throws -> Exit {
        if selection != "previous" {
            do { _ = try ReleaseVersion(selection) } catch { throw RollbackRefusal.badVersion(ErrorRecord(error)) }
        }
        var decision = choice.model()
        if case .choose(let deploys) = decision {
            let model = try await choose(deploys, "of which site should \(selection) be live?") {
                archive.commands.rollback(to: selection, pipeline: $0.file)
            }
            decision = .takeBack(model)
        }
        guard case .takeBack(let deploy) = decision else { throw damaged.first?.error ?? refusal(decision) }
        reportDamaged()
        let model = try known(deploy)
        let made = try RollbackPipeline(to: selection, from: model, registry: reader.registry)
        let bytes = Array(made.text.utf8)
        let (pipeline, problems) = PipelineReader(registry: reader.registry).read(
            bytes: bytes, path: "", environment: reader.environment)
        guard let pipeline else {
            throw RollbackRefusal.noPipeline(deploy.run, problems.first { $0.severity == .error }?.message ?? "")
        }
        for note in made.notes { tell(note) }
        let project = Project(folder: deploy.project)
        if isDryRun { return try await plan(pipeline, project, selection) }
        archive.warnOfUnfinished(context.console)
        let result = try await session(.run).start(pipeline, bytes: bytes, project: project, state: archive.state)
        let visitors = reader.read(try archive.entry(result.runID)).map { Visitors.after($0.deploy) } ?? []
        let isUnchanged = result.exitCode == .success && !visitors.haveChanged
        return end(visitors, run: result.runID, [], isUnchanged ? .failed : result.exitCode)
    }

    // MARK: Undoing

    private func takeBack(_ found: DeployReader.Found, hasToChange: Bool) async throws -> Exit {
        let deploy = found.deploy
        guard deploy.switches.contains(where: \.isInPlace) || found.entry.history.hasUndoableChange else {
            throw nothingToUndo(found.entry)
        }
        if isDryRun { return foresee(found) }
        let offers = deploy.switches.filter(\.isInPlace).map(\.offer.text).joined(separator: " and ")
        let what = offers.isEmpty ? "what \(deploy.pipeline) did beside its switch" : "\(offers) of \(deploy.pipeline)"
        tell("taking back \(what), run \(deploy.run)")
        try await confirm(deploy)
        return try await undo(found, hasToChange: hasToChange || deploy.switches.contains(where: \.isInPlace))
    }

    private func finish(_ found: DeployReader.Found, hasToChange: Bool) async throws -> Exit {
        if isDryRun { return foresee(found) }
        if hasToChange, !found.entry.isAtWork {
            let reason =
                found.entry.history.rollbackFailed == nil ? "was interrupted" : "was not rolled back to its end"
            tell("run \(found.deploy.run) of \(found.deploy.pipeline) \(reason), so its rollback comes first")
        }
        return try await undo(found, hasToChange: hasToChange)
    }

    /// - Parameter hasToChange: whether it is no success if visitors have the same as before.
    private func undo(_ found: DeployReader.Found, hasToChange: Bool) async throws -> Exit {
        let result = try await session(.rollback).goOn(found.entry.path)
        var exit = RunPurpose.rollback.exit(of: result)
        guard !result.stoodAside, let now = reader.read(try archive.entry(found.entry.id)) else {
            return end([], run: found.entry.id, [], exit)
        }
        let visitors = Visitors.after(found.deploy, takenBack: now.deploy)
        if exit == .success, hasToChange, !visitors.haveChanged { exit = .failed }
        let undone = found.entry.history.toRollBack.map(\.step).filter(now.entry.history.rolledBack.contains)
        return end(visitors, run: found.entry.id, undone, exit)
    }

    /// Undoes a run that switches nothing.
    private func undo(_ entry: RunArchive.Entry) async throws -> Exit {
        guard entry.history.started != nil else { throw CommandError.neverStarted(entry.id) }
        guard entry.history.isUnfinished || entry.history.hasUndoableChange else { throw nothingToUndo(entry) }
        if isDryRun {
            return foresee(UndoPlan(entry, reader.pipeline(of: entry)), [], run: entry.id)
        }
        let exit = RunPurpose.rollback.exit(of: try await session(.rollback).goOn(entry.path))
        let rolledBack = try archive.entry(entry.id).history.rolledBack
        return end([], run: entry.id, entry.history.toRollBack.map(\.step).filter(rolledBack.contains), exit)
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

    private func session(_ purpose: RunPurpose) -> RunSession {
        RunSession(context: context, purpose: purpose, verbosity: verbosity, isJSON: isJSON)
    }

    // MARK: Choosing

    private var choice: RollbackChoice {
        RollbackChoice(deploys: found.map(\.deploy), folder: folder, pipeline: pipeline)
    }

    private func known(_ deploy: Deploy) throws -> DeployReader.Found {
        guard let found = found.first(where: { $0.deploy == deploy }) else {
            throw CommandError.noSuchRun(deploy.run, in: archive.state.path.string, archive.commands)
        }
        return found
    }

    private func entry(named name: String) throws -> RunArchive.Entry {
        // A short version may be a part of some run's id as well.
        let isVersion = found.contains { $0.deploy.switches.contains { $0.version == name } }
        if !isVersion, name.utf8.count >= 4 {
            do {
                return try archive.find(name, to: .change)
            } catch CommandError.noSuchRun {}
        }
        throw RollbackRefusal.noRun(
            name, in: archive.state.path.string, isVersion: (try? ReleaseVersion(name)) != nil, archive.commands)
    }

    private func choose(
        _ deploys: [Deploy], _ question: String, command: (Deploy) -> String
    ) async throws -> Deploy {
        let asked = DeployQuestion(deploys: deploys, folder: folder)
        guard let answer else {
            let rows = zip(deploys, asked.rows).map { [command($0)] + $1.dropLast() }
            throw RollbackRefusal.whichDeploy(Table(header: ["", "", "", ""], rows: rows).lines.dropFirst().map { $0 })
        }
        guard let chosen = await asked.ask(question, on: context.console, answer) else {
            throw RollbackRefusal.notChosen
        }
        return chosen
    }

    /// Before the first deploy there was nothing.
    private func confirm(_ deploy: Deploy) async throws {
        guard !mayLeaveNothing, let answer,
            let made = deploy.switches.first(where: { $0.isInPlace && $0.before == .nothing })
        else { return }
        context.console.ask("nothing was at \(made.site.name) before it: leave visitors without a release? [y/N]")
        let text = await answer()?.lowercased() ?? ""
        guard ["y", "yes"].contains(text) else { throw RollbackRefusal.notChosen }
    }

    private func refusal(_ decision: RollbackChoice.Decision) -> RollbackRefusal {
        let commands = archive.commands
        switch decision {
        case .refuse(.nothingLive(let sites)): return .nothingLive(sites, commands)
        case .refuse(.replaced(let deploy, let live, let site)): return .replaced(deploy, by: live, at: site, commands)
        case .refuse(.noDeploy), .takeBack, .finish, .choose:
            return .noDeploy(in: pipeline?.string ?? archive.state.path.string, runs: commands.runs)
        }
    }

    // MARK: Telling

    private func reportDamaged() {
        for (_, error) in damaged { context.console.report(error) }
    }

    private func tell(_ line: String) {
        if verbosity > .quiet, !isJSON || verbosity == .verbose { context.console.note(SanitizedText.clean(line)) }
    }

    private func end(_ visitors: [Visitors], run: String, _ undone: [String], _ exit: Exit) -> Exit {
        for line in visitors.lines() where verbosity > .quiet || exit != .success {
            if !isJSON || verbosity == .verbose { context.console.note(SanitizedText.clean(line)) }
        }
        if !isJSON, visitors.contains(where: \.isStuck) {
            let command = archive.commands.rollback(to: "VERSION")
            context.console.note("`\(command)` makes any other release of the store live")
        }
        if isJSON {
            context.console.print(
                JSONDocument.rollback(visitors, run: run, isDryRun: false, steps: undone, exit: exit).line)
        }
        return exit
    }

    private func foresee(_ found: DeployReader.Found) -> Exit {
        foresee(UndoPlan(found.entry, found.pipeline), Visitors.foreseen(found.deploy), run: found.entry.id)
    }

    private func foresee(_ plan: UndoPlan, _ visitors: [Visitors], run: String) -> Exit {
        if isJSON {
            context.console.print(
                JSONDocument.rollback(visitors, run: run, isDryRun: true, steps: plan.undone, exit: .success).line)
            return .success
        }
        for line in plan.lines + visitors.lines(isForeseen: true) + ["nothing was changed"] {
            context.console.print(SanitizedText.clean(line))
        }
        return .success
    }

    private func plan(
        _ pipeline: Pipeline, _ project: Project, _ selection: String
    ) async throws -> Exit {
        let plans = PlanSession(context: context)
        let plan = try await plans.plan(pipeline, project: project, state: archive.state)
        let exit = plans.show(
            plan, of: pipeline, verbosity: verbosity, isJSON: isJSON, command: "runner rollback --to \(selection)")
        guard exit == .changes || exit == .success else { return exit }
        let (target, changes) = plan.switching
        if !isJSON, let target {
            context.console.print(changes ? "visitors would have \(target)" : "visitors have \(target) already")
        }
        return changes ? .success : .failed
    }
}

extension Plan {
    /// The release that it would make live, and whether another one is.
    fileprivate var switching: (target: String?, changes: Bool) {
        var (target, changes): (String?, Bool) = (nil, false)
        for step in steps {
            switch step.verdict {
            case .ran(let outputs): target = target ?? outputs["version"]?.asText
            case .changes where step.kind == DeployReader.kind: changes = true
            case .changes, .nothing, .looks, .skipped, .unknown, .fails: continue
            }
        }
        return (target, changes)
    }
}

/// What a rollback of a run would undo.
private struct UndoPlan {
    /// In this order.
    var undone: [String] = []
    var lines: [String] = []

    /// - Parameter pipeline: nil where its file cannot be read any more.
    init(_ entry: RunArchive.Entry, _ pipeline: Pipeline?) {
        let steps = pipeline?.steps ?? []
        lines.append("a rollback of run \(entry.id) would undo, in this order:")
        var rows: [[String]] = []
        for record in entry.history.toRollBack {
            guard let step = steps.first(where: { $0.id == record.step }) else { continue }
            var row = ["  " + step.id, step.kind.name, ""]
            switch step.rollback {
            case .off: row[2] = "stays: `rollback: false`"
            case .own where record.effect == .lasting: continue
            case .own where record.effect == .irreversible: row[2] = "stays: it cannot be undone"
            case .own, .steps: undone.append(step.id)
            }
            rows.append(row)
        }
        lines += Table(header: ["", "", ""], rows: rows).lines.dropFirst()
    }
}
