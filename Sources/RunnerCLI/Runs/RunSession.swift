internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
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
        let folder = try RunFolder.open(path)
        // Only now: another process may have continued it until the lock was free.
        let contents = try contents(of: folder, damagedEnd)
        if let newer = contents.newer { throw newer }
        let history = RunHistory(contents.records)
        guard let started = history.started else { throw CommandError.neverStarted(folder.runID) }
        let project = Project(folder: FilePath(started.project))
        let (pipeline, _) = try PipelineLoader(context: context).load(
            folder.pipelinePath, shown: FilePath(started.file), inputs: started.givenInputs)
        guard pipeline.digest == started.digest else {
            throw CommandError.pipelineChanged(
                file: folder.pipelinePath.string, run: folder.runID, commands(of: folder))
        }
        let secrets = SecretValues.available(
            pipeline.secrets, environment: context.environment, project: project)
        let startedAt = Date(journalText: history.startedAt) ?? context.clock.date
        let run = RunIdentity(
            id: started.runID, startedAt: startedAt, project: project, folder: folder.path.string)
        return try await perform(
            pipeline, as: run, in: folder, contents: contents, secrets: secrets)
    }

    private func commands(of folder: RunFolder) -> RunCommandLine { RunCommandLine(to: folder.state, in: context) }

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
        let journal = Journal(
            try DiskJournalFile(folder.journalPath, keeping: contents.length), records: contents.records.count,
            now: { [clock = context.clock] in clock.date })
        let commands = commands(of: folder)
        let live = LiveSitesAtEnd()
        let outputs = try RunOutputs(
            of: RunOutputContext(
                pipeline: pipeline, run: run, folder: folder, records: contents.records, purpose: purpose,
                output: output, context: context, commands: commands, live: live))
        let transport = Transport(
            tls: TLSOptions(environment: context.environment), proxy: ProxyOptions(environment: context.environment))
        var services = context.services(sinks: outputs.all, transport: transport, state: folder.state)
        services.add(setters: setters)
        services.beforeEnd = { [purpose] result in
            // Of a new run that went well, nobody needs to ask: it has just switched, with the lease.
            if purpose == .run, result.exitCode == .success || result.didNothing { return }
            live.set(await look(after: run, of: pipeline, in: folder))
        }
        let engine = Engine(services)
        let cancellation = Cancellation()
        let signals = SignalWatch(
            cancellation: cancellation, background: services.background, shielded: services.shielded,
            console: context.console,
            clock: context.clock, runID: run.id, commands: commands)
        let result = await outputs.whileOpen {
            await signals.whileWatching { [intent = purpose.intent, leftPrograms] in
                await engine.run(
                    pipeline, as: run, journal: journal, storage: folder,
                    history: contents.records.isEmpty ? nil : RunHistory(contents.records), intent: intent,
                    leftPrograms: leftPrograms, secrets: secrets, cancellation: cancellation)
            }
        }
        await transport.shutdown()
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
}
