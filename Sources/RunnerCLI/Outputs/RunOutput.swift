internal import PipelineKit
internal import SystemPackage

/// One form in which a run is told: lines on a console, a log, a page, JSON.
///
/// `begin` comes before the first event and `finish` after the last one, which is `runEnded`: once each, however the run
/// ends. An output never stops a run: it leaves out what it cannot write, and warns if somebody would miss that. Events
/// have no secrets in them; the engine's own result may have some.
protocol RunOutput: EventSink {
    func begin()
    func finish() async
}

extension RunOutput {
    func begin() {}
    func finish() async {}
}

/// Every output of one run.
struct RunOutputs {
    let all: [any RunOutput]

    /// Begins every output, and finishes it when the work is done.
    func whileOpen<Result>(_ work: () async -> Result) async -> Result {
        for output in all { output.begin() }
        let result = await work()
        for output in all { await output.finish() }
        return result
    }
}

extension RunOutputs {
    /// An output that the command line does not ask for is nil. A new one is a file beside this one, and a line here.
    init(of run: RunOutputContext) throws {
        let outputs: [(any RunOutput)?] = [
            ConsoleOutput(run),
            try LogFileOutput(run.folder.logPath),
            ReportOutput(run),
            JSONOutput(run),
        ]
        all = outputs.compactMap(\.self)
    }
}

/// What outputs are made from: the run, and what the command line says about how to tell it.
struct RunOutputContext {
    let pipeline: Pipeline
    let run: RunIdentity
    let folder: RunFolder
    /// What earlier processes wrote into the run's journal.
    let records: [JournalRecord]
    let purpose: RunPurpose
    let output: CommandOutput
    let context: CommandContext
    /// How commands about the run are typed.
    let commands: RunCommandLine
    /// What the run finds at its end.
    let live: LiveSitesAtEnd

    /// Reads from the journal what visitors have; gives nil if it cannot be read, and for a rollback, which tells it itself.
    var closing: @Sendable () -> RunClosing? {
        if case .rollback = purpose { return { nil } }
        let archive = RunArchive(state: folder.state, commands: commands)
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        return { [pipeline, live, id = run.id] in
            guard let entry = try? archive.entry(id), let started = entry.history.started else { return nil }
            return RunClosing(
                of: entry, pipeline, reader, archive.commands, live: live.value,
                isAlone: archive.hasOnly(runsOf: started.file))
        }
    }

    var reportPath: String { folder.path.appending(RunReport.fileName).string }
}
