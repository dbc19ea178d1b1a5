internal import ArgumentParser
internal import Digest
internal import PipelineKit
internal import SystemPackage

struct RecoverCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Finishes every interrupted run: forward, or back if it had failed.",
        discussion:
            "With `--store` it finishes runs whose machine is gone, on any machine, from the journals in the store. No command "
            + "of the pipeline is started then: if a step that is left needs files or programs, the run is taken back. Of a run "
            + "that holds no lease (`concurrency: none`) nobody knows whether it is still at work. It is finished only if it is "
            + "named, after a question.\n\n"
            + "Exit status: 0 all went forward or there was nothing; 1 something was rolled back; 3 something is left; 4 all "
            + "went forward, and a step is still not done; 75 a run is at work.")

    @Argument(
        help: "Only this run, or that whose id has this part (default: all that were interrupted).",
        completion: Completion.runs)
    var run: String?
    @Flag(help: "If the last record of a run's journal is damaged, continue as if it had never been written.")
    var dropLast = false

    @OptionGroup var storeRunsOptions: StoreRunsOptions
    @ArgumentParser.Option(
        name: .long,
        help: ArgumentHelp(
            "With --store: a checkout's pipeline file. Runs that began with this very file may then start its commands.",
            valueName: "file"),
        completion: Completion.pipelineFile)
    var pipeline: String?
    @OptionGroup var confirmationOptions: ConfirmationOptions
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var leftProgramsOptions: LeftProgramsOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if pipeline != nil, storeRunsOptions.store == nil {
            throw ValidationError("`--pipeline` is for `--store`: the runs of this machine know their files")
        }
        if confirmationOptions.yes, storeRunsOptions.store == nil || run == nil {
            throw ValidationError("`--yes` is for `--store` and one run: nothing else is asked")
        }
    }

    var changesThings: Bool { true }

    func run(in context: CommandContext) async throws -> Exit {
        let output = outputOptions.output(on: context.console, verbosityOptions.verbosity)
        var isDamaged = false
        let archive = try await archiveOptions.archive(in: context)
        if let store = storeRunsOptions.store {
            return try await recover(StoreRuns(store, in: context), into: archive, in: context, output)
        }
        let entries: [RunArchive.Entry]
        if let run {
            entries = [try archive.find(run, to: .change, damagedEnd)]
        } else {
            entries = try archive.entries(to: .change, damagedEnd) { _, error in
                context.console.report(error)
                isDamaged = true
            }
        }
        let unfinished = entries.filter { $0.history.started != nil && $0.history.isUnfinished }
        if unfinished.isEmpty, !isDamaged {
            let folder = archive.state.path
            output.note(
                entries.isEmpty
                    ? "there are no runs in \(folder), so there is nothing to recover"
                    : run == nil ? "nothing to recover in \(folder)" : Self.nothing(of: entries[0]))
        }
        var worst = isDamaged ? Exit.unrestored : .success
        // The oldest first: what a newer run did may depend on it.
        for entry in unfinished.reversed() {
            let code = await recover(entry, in: context, output)
            if code == .unrestored || worst == .success { worst = code }
        }
        return worst
    }

    private func recover(
        _ runs: StoreRuns, into archive: RunArchive, in context: CommandContext, _ output: CommandOutput
    ) async throws -> Exit {
        // Not among the runs of this machine: `recover` would start commands that a stranger may have written.
        var archive = archive
        archive.state = StateFolder(archive.state.path.appending("elsewhere"))
        archive.tracked = try await TrackedRuns.find(in: archive.state, context)
        try CommandError.inState { try archive.state.prepare() }
        let fetched = try await runs.fetch(into: archive.state, all: run != nil, named: run)
        if let run, fetched.count != 1 {
            let ids = fetched.map(\.id)
            throw ids.isEmpty
                ? CommandError.noSuchRun(run, in: runs.url, runs.commands)
                : CommandError.severalRuns(run, count: ids.count, Array(ids.prefix(10)), runs.commands)
        }
        if fetched.isEmpty { output.note("nothing to recover in \(runs.url)") }
        var worst = Exit.success
        for run in fetched {
            let code: Exit
            switch run {
            case .refused(_, let error):
                context.console.report(error)
                code = .unrestored
            case .run(let path):
                let entry = try archive.entry(path.lastComponent?.string ?? "", to: .change)
                guard entry.history.isUnfinished else {
                    output.note(Self.nothing(of: entry))
                    continue
                }
                guard try await mayTake(entry, runs.commands, in: context, output) else {
                    worst = .unrestored
                    continue
                }
                code = await recover(entry, in: context, output, from: runs)
            }
            if code == .unrestored || worst == .success { worst = code }
        }
        return worst
    }

    /// A lease tells whether a run of another machine is at work. Of one without a lease, only a person can know.
    private func mayTake(
        _ entry: RunArchive.Entry, _ commands: RunCommandLine, in context: CommandContext, _ output: CommandOutput
    ) async throws -> Bool {
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        guard case .none? = reader.pipeline(of: entry)?.concurrency else { return true }
        let facts = "run \(entry.id) holds no lease, and its last record is of \(entry.history.lastAt)"
        if run != nil {
            context.console.note(SanitizedText.clean(facts))
            return try await confirmationOptions.allow("is nothing at work on it any more?", in: context, output)
        }
        context.console.note(
            SanitizedText.clean("\(facts), so it is left alone; `\(commands.recover(entry.id))` finishes it"))
        return false
    }

    private static func nothing(of entry: RunArchive.Entry) -> String {
        entry.history.started == nil
            ? "run \(entry.id) has not begun, so there is nothing to recover"
            : "run \(entry.id) has ended, so there is nothing to recover"
    }

    private var damagedEnd: JournalReader.DamagedEnd { dropLast ? .dropped : .refused }

    private func recover(
        _ entry: RunArchive.Entry, in context: CommandContext, _ output: CommandOutput, from source: StoreRuns? = nil
    ) async -> Exit {
        var session = RunSession(
            context: context, purpose: .recover, output: output, leftPrograms: leftProgramsOptions.policy)
        session.source = source
        if source != nil, let file = pipeline.map(context.path), let started = entry.history.started {
            guard let bytes = try? DurableFile.read(file), SHA256.hash(bytes).description == started.digest else {
                context.console.report(
                    CommandError.badArgument(
                        StepError(
                            "another-pipeline", "run \(entry.id) did not begin with \(file) as it is now",
                            help: "check out what it began with, or leave `--pipeline` out")))
                return .unrestored
            }
            session.checkout = ProjectLocator(around: file.removingLastComponent()).project
        }
        do {
            return RunPurpose.recover.exit(of: try await session.resume(entry.path, damagedEnd))
        } catch let error as RunBusy {
            context.console.note("run \(error.runID) is running in another process, so it was left alone")
            return .success
        } catch {
            context.console.report(error)
            return .unrestored
        }
    }
}
