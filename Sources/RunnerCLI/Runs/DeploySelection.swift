internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Finds the deploy that a rollback is about: by what the journals say, by a name, or by asking.
struct DeploySelection {
    /// Which deploys can be meant.
    struct Scope {
        /// The user's folder, or the project that was named.
        var folder: FilePath
        /// The pipeline that was named.
        var pipeline: NamedPipeline?
    }

    /// What a rollback takes back.
    enum Target {
        case live(DeployReader.Found)
        /// It was interrupted, or its rollback did not come to its end.
        case unfinished(DeployReader.Found)
        /// A run that switches nothing.
        case noDeploy(RunArchive.Entry)
    }

    /// Nil if nobody can be asked.
    let answer: (@Sendable () async -> String?)?
    private let archive: RunArchive
    private let scope: Scope
    private let console: Console
    private let found: [DeployReader.Found]
    /// What visitors have before anything is done.
    let live: LiveSites
    /// Runs whose journals cannot be read, the newest first.
    private let damaged: [(run: String, error: any Error)]

    /// - Parameter version: the release that is wanted; nil if none was named.
    /// - Throws: `RollbackRefusal` if there are no runs.
    init(
        of archive: RunArchive, _ scope: Scope, to version: String?, reader: DeployReader, console: Console,
        answer: (@Sendable () async -> String?)?, _ visit: StoreVisit
    ) async throws {
        self.archive = archive
        self.scope = scope
        self.console = console
        self.answer = answer
        var damaged: [(run: String, error: any Error)] = []
        let entries = try archive.entries(to: .change) { damaged.append(($0, $1)) }
        if entries.isEmpty, damaged.isEmpty {
            throw RollbackRefusal.noRuns(in: archive.state.path.string, to: version)
        }
        let found = reader.deploys(among: entries)
        live = await LiveSites.look(at: found.lazy.flatMap(\.deploy.switches).map(\.site), visit)
        self.found = found.map { [live] found in
            var found = found
            found.deploy.note(live)
            return found
        }
        self.damaged = damaged
    }

    /// The live deploy of the site that is meant, or the unfinished one before it.
    ///
    /// - Throws: `RollbackRefusal`; why a newer run cannot be read.
    func newest() async throws -> Target {
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
            return .live(try known(deploy))
        case .finish(let deploy): return .unfinished(try known(deploy))
        case .choose, .refuse: throw damaged.first?.error ?? refusal(decision)
        }
    }

    /// - Parameter name: the run's id, or a part of it.
    /// - Throws: `RollbackRefusal`, `CommandError`.
    func run(named name: String) throws -> Target {
        let entry = try entry(named: name)
        reportDamaged()
        guard let found = found.first(where: { $0.entry.id == entry.id }) else { return .noDeploy(entry) }
        let decision = choice.decide(on: found.deploy)
        switch decision {
        case .takeBack: return .live(found)
        case .finish: return .unfinished(found)
        case .choose, .refuse: throw refusal(decision)
        }
    }

    /// The deploy whose settings a switch to another release takes.
    ///
    /// - Throws: `RollbackRefusal`; why a run cannot be read.
    func model(for version: String) async throws -> DeployReader.Found {
        var decision = choice.model()
        if case .choose(let deploys) = decision {
            let model = try await choose(deploys, "of which site should \(version) be live?") {
                archive.commands.rollback(to: version, pipeline: $0.file)
            }
            decision = .takeBack(model)
        }
        guard case .takeBack(let deploy) = decision else { throw damaged.first?.error ?? refusal(decision) }
        reportDamaged()
        return try known(deploy)
    }

    private var choice: RollbackChoice {
        RollbackChoice(
            deploys: found.map(\.deploy), folder: scope.folder, pipelines: scope.pipeline?.meant(among: pipelines))
    }

    /// Those that somebody wrote.
    private var pipelines: [NamedPipeline.Known] { found.map(\.deploy).filter { !$0.isOwnFile }.map { .init($0) } }

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
        let asked = DeployQuestion(deploys: deploys, folder: scope.folder)
        guard let answer else {
            // Each command has a line of its own, to be copied as it is.
            let rows = Table(header: ["", "", ""], rows: asked.rows.map { Array($0.dropLast()) }).lines.dropFirst()
            throw RollbackRefusal.whichDeploy(zip(deploys, rows).flatMap { [$1, "  \(command($0))"] })
        }
        guard let chosen = await asked.ask(question, on: console, answer) else {
            throw RollbackRefusal.notChosen
        }
        return chosen
    }

    private func refusal(_ decision: RollbackChoice.Decision) -> RollbackRefusal {
        let commands = archive.commands
        switch decision {
        case .refuse(.nothingLive(let sites)): return .nothingLive(sites, commands)
        case .refuse(.replaced(let deploy, let live, let site)): return .replaced(deploy, by: live, at: site, commands)
        case .refuse(.elsewhere(let deploy, let now, let site)): return .elsewhere(deploy, now, at: site, commands)
        case .refuse(.noDeploy), .takeBack, .finish, .choose:
            let known = scope.pipeline == nil ? "" : NamedPipeline.list(pipelines, from: scope.folder)
            return .noDeploy(
                in: scope.pipeline.map { "a pipeline file `\($0.text)`, or of a pipeline of that name," }
                    ?? archive.state.path.string, known: known, runs: commands.runs)
        }
    }

    private func reportDamaged() {
        for (_, error) in damaged { console.report(error) }
    }
}
