internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// One run in this process: its folder, its journal, its outputs, the engine and the signals.
struct RunSession {
    let context: CommandContext
    let purpose: RunPurpose
    let output: CommandOutput
    /// What becomes of programs that a killed process of the run has left at work.
    var leftPrograms = LeftProgramsPolicy.awaited
    /// How the command sets options of the run's steps, by their names.
    var setters: [String: String] = [:]
    /// The store that a run's journal comes from, if its machine is gone.
    var source: StoreRuns?
    /// A checkout of the project of a run whose machine is gone.
    var checkout: Project?
    /// True for a new run that finishes those of its stores that did not end.
    var finishesOthers = false
    /// Leases of a run that finishes this one before its own steps.
    var lent = Leases.none

    /// Begins a new run.
    ///
    /// - Parameters:
    ///   - pipeline: if it has no path, the copy in the run's folder is its file.
    ///   - bytes: the file.
    func start(_ pipeline: Pipeline, bytes: [UInt8], project: Project, state: StateFolder) async throws -> RunResult {
        let secrets = try SecretValues.resolve(
            pipeline.secrets, environment: context.environment, project: project)
        let now = context.clock.date
        let id = RunIdentity.makeID(at: now, random: context.random)
        let folder = try CommandError.inState { try RunFolder.create(id, in: state) }
        // Before the first record: whoever finds a journal finds its pipeline file too.
        try DurableFile.write(bytes, to: folder.pipelinePath)
        var pipeline = pipeline
        if pipeline.path.isEmpty { pipeline.path = folder.pipelinePath }
        let run = RunIdentity(id: folder.runID, startedAt: now, project: project, folder: folder.path.string)
        return try await perform(
            pipeline, as: run, in: folder, contents: .none, secrets: secrets)
    }

    /// Continues a run that an earlier process left, or undoes it.
    ///
    /// - Throws: `RunBusy`, `JournalError`, `NewerFormat`, `CommandError`.
    func resume(
        _ path: FilePath, _ damagedEnd: JournalReader.DamagedEnd = .refused
    ) async throws -> RunResult {
        let folder = try RunFolder.open(path, isCopy: source != nil)
        // Only now: another process may have continued it until the lock was free.
        let contents = try contents(of: folder, damagedEnd)
        if let newer = contents.newer { throw newer }
        let history = RunHistory(contents.records)
        guard let started = history.started else { throw CommandError.neverStarted(folder.runID) }
        // The project of another machine is not here, and no file is taken for one of it.
        let project = checkout ?? Project(folder: source == nil ? FilePath(started.project) : folder.path)
        let (pipeline, _) = try PipelineLoader(context: context).load(
            folder.pipelinePath, shown: FilePath(started.file), inputs: started.givenInputs)
        guard pipeline.digest == started.digest else {
            throw CommandError.pipelineChanged(
                file: folder.pipelinePath.string, run: folder.runID, commands(of: folder))
        }
        try source?.check(pipeline, of: folder.runID)
        let secrets = SecretValues.available(
            pipeline.secrets, environment: context.environment, project: project)
        let startedAt = Date(journalText: history.startedAt) ?? context.clock.date
        let run = RunIdentity(
            id: started.runID, startedAt: startedAt, project: project, folder: folder.path.string)
        return try await perform(
            pipeline, as: run, in: folder, contents: contents, secrets: secrets)
    }

    private func commands(of folder: RunFolder) -> RunCommandLine {
        source.map { RunCommandLine(store: $0.url) } ?? RunCommandLine(to: folder.state, in: context)
    }

    private func contents(
        of folder: RunFolder, _ damagedEnd: JournalReader.DamagedEnd
    ) throws -> JournalContents {
        do {
            return try JournalReader.read(folder.journalPath, damagedEnd: damagedEnd)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            // Killed before its first record.
            return .none
        }
    }

    private func perform(
        _ pipeline: Pipeline, as run: RunIdentity, in folder: RunFolder, contents: JournalContents,
        secrets: [String: String]
    ) async throws -> RunResult {
        let transport = context.connect()
        let result: Result<RunResult, any Error>
        do {
            result = .success(
                try await perform(pipeline, as: run, in: folder, contents: contents, secrets: secrets, transport))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    private func perform(
        _ pipeline: Pipeline, as run: RunIdentity, in folder: RunFolder, contents: JournalContents,
        secrets: [String: String], _ transport: any ClosableClient
    ) async throws -> RunResult {
        // Runs from a store have a folder of their own below that of the project, and its leases are theirs.
        let state = source == nil ? folder.state : StateFolder(folder.state.path.removingLastComponent())
        var services = context.services(sinks: [], transport: transport, state: state)
        let (contents, copy, journals) = try await storeJournal(of: pipeline, run, folder, contents, services)
        let journal = Journal(
            try DiskJournalFile(folder.journalPath, keeping: contents.length), records: contents.records, copy: copy,
            now: { [clock = context.clock] in clock.date })
        let commands = commands(of: folder)
        let live = LiveSitesAtEnd()
        let outputs = try RunOutputs(
            of: RunOutputContext(
                pipeline: pipeline, run: run, folder: folder, records: contents.records, purpose: purpose,
                output: output, context: context, commands: commands, live: live))
        services.sinks = outputs.all
        services.add(setters: setters)
        services.lent = lent
        services.beforeEnd = { [purpose] result in
            // Of a new run that went well, nobody needs to ask: it has just switched, with the lease.
            if purpose == .run, result.exitCode == .success || result.didNothing { return }
            live.set(await look(after: run, of: pipeline, in: folder))
        }
        if finishesOthers {
            let settled = SettledRuns()
            let unfinished = UnfinishedRuns(of: pipeline, run.project, noting: settled, in: context)
            services.equip = { [equip = services.equip] context in
                equip(&context)
                context[SettledRunsKey.self] = settled
            }
            services.settle = { [state = folder.state, output] leases in
                try await unfinished.finish(besides: run.id, in: state, leases, output)
            }
        }
        let engine = Engine(services)
        let cancellation = Cancellation()
        let signals = SignalWatch(
            cancellation: cancellation, background: services.background, shielded: services.shielded,
            console: context.console,
            clock: context.clock, runID: run.id, commands: commands, signals: context.stopSignals,
            endProcess: context.endProcess)
        let result = await outputs.whileOpen {
            await signals.whileWatching {
                [intent = purpose.intent, isElsewhere = source != nil && checkout == nil, leftPrograms] in
                await engine.run(
                    pipeline, as: run, journal: journal, storage: folder,
                    history: contents.records.isEmpty ? nil : RunHistory(contents.records), intent: intent,
                    isElsewhere: isElsewhere, leftPrograms: leftPrograms, secrets: secrets, cancellation: cancellation)
            }
        }
        // Whoever may not list or delete leaves them to the next run.
        if result.outcome.isForward { try? await journals?.forget(exceptNewest: StoreJournal.keptRuns) }
        return result
    }

    /// Looks at what the run's pointers are at, if it came to one of them.
    private func look(after run: RunIdentity, of pipeline: Pipeline, in folder: RunFolder) async -> LiveSites {
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        guard let entry = try? RunArchive(state: folder.state).entry(run.id),
            let deploy = reader.read(entry, of: pipeline)?.deploy
        else { return .unknown }
        let sites = deploy.switches.filter { $0.before != nil }.map(\.site)
        return await LiveSites.look(
            at: sites, StoreVisit(context: context, project: run.project, state: folder.state))
    }

    /// Opens the journal's copy in the store, if the store keeps one.
    ///
    /// - Returns: the records of both places, the copy, and what keeps it.
    private func storeJournal(
        of pipeline: Pipeline, _ run: RunIdentity, _ folder: RunFolder, _ contents: JournalContents,
        _ services: RunServices
    ) async throws -> (JournalContents, JournalCopy?, (any JournalBackend)?) {
        guard let store = try StoreJournal.place(of: pipeline) else { return (contents, nil, nil) }
        let journals: any JournalBackend
        do {
            let opened = try await StoreJournal.open(store, run: run, folder.path, services, context)
            guard let opened else { return (contents, nil, nil) }
            journals = opened
        } catch {
            // Without credentials, the first step says so with its place in the file, before it changes anything.
            return (contents, nil, nil)
        }
        let journal = StoreJournal(journals: journals, pipeline: pipeline, folder: folder)
        if contents.records.isEmpty { return (contents, try journal.copy(), journals) }
        let (merged, kept) = try await journal.merge(contents)
        return (merged, try journal.copy(kept: kept), journals)
    }
}
