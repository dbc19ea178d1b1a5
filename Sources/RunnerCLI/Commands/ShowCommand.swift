internal import ArgumentParser
internal import PipelineKit

struct ShowCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one run: its steps, times, attempts, outputs and errors.")

    @Argument(
        help: "The run, or any part of its id that no other has (default: the newest).", completion: Completion.runs)
    var run: String?
    @OptionGroup var storeRunsOptions: StoreRunsOptions
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { false }
    var runsSteps: Bool { false }

    func run(in context: CommandContext) async throws -> Exit {
        if let store = storeRunsOptions.store {
            let runs = try StoreRuns(store, in: context)
            return try await runs.whileFetched { try await show($0, of: runs, in: context) }
        }
        return try await show(try await archiveOptions.archive(in: context), in: context)
    }

    /// - Parameter runs: where the archive is from; nil if it is of this machine.
    private func show(_ archive: RunArchive, of runs: StoreRuns? = nil, in context: CommandContext) async throws
        -> Exit
    {
        let entry = try archive.find(run, to: .look)
        archive.warnOfNewer([entry], context.console)
        let output = outputOptions.output(on: context.console)
        let entries = try archive.entries(to: .look) { _, _ in }
        var facts = RunFacts(entry, live: await archive.live(among: entries, of: runs?.url, in: context).runs)
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        // Of a release that visitors have no more there is nothing to take back.
        if let runs {
            // Its folder is on another machine, or gone.
            facts.folder = runs.url
            if facts.history.isUnfinished {
                facts.next = .init(purpose: "to finish it", command: runs.commands.recover)
            }
        } else if facts.state != .succeeded || !facts.live.isEmpty, let pipeline = reader.pipeline(of: entry) {
            let file = facts.history.started?.file
            facts.next =
                RunClosing(
                    of: entry, pipeline, reader, archive.commands, isAtWork: facts.state == .atWork,
                    isAlone: archive.hasOnly(runsOf: file)
                ).next
        }
        output.document(.run(facts))
        let page = RunPage(facts: facts, now: context.clock.date, width: context.console.window(.output))
        output.text(page.lines)
        return .success
    }
}
