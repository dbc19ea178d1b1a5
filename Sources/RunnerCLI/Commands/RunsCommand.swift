internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct RunsCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists the runs of this project, the newest first.",
        discussion: """
            (live) marks the run that gave visitors what they have, as the pointer says. If that does not answer within two \
            seconds, it is what the journals here tell: another machine may have deployed since. Stores that are on hold are \
            named below the list.
            """)

    @ArgumentParser.Option(
        name: .long,
        help: ArgumentHelp("Only runs of this pipeline: its file, or its name.", valueName: "file-or-name"),
        completion: Completion.pipelineFile)
    var pipeline: String?
    @ArgumentParser.Option(
        name: .long,
        help: ArgumentHelp(
            "Only runs in this state: \(RunState.allCases.map(\.argument).joined(separator: ", ")).", valueName: "state"
        ))
    var status: RunState?
    @ArgumentParser.Option(name: .long, help: ArgumentHelp("At most so many.", valueName: "number"))
    var limit: Int?
    @OptionGroup var storeRunsOptions: StoreRunsOptions
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("`--limit` must be 1 or more") }
    }

    var changesThings: Bool { false }
    var runsSteps: Bool { false }

    func run(in context: CommandContext) async throws -> Exit {
        if let store = storeRunsOptions.store {
            let runs = try StoreRuns(store, in: context)
            return try await runs.whileFetched { try await show($0, named: runs.url, of: runs, in: context) }
        }
        let archive = try await archiveOptions.archive(in: context)
        return try await show(archive, named: archive.state.path.string, in: context)
    }

    /// - Parameters:
    ///   - place: where the runs are.
    ///   - store: where the archive is from; nil if it is of this machine.
    private func show(
        _ archive: RunArchive, named place: String, of store: StoreRuns? = nil, in context: CommandContext
    ) async throws -> Exit {
        let entries = try archive.entries(to: .look) { context.console.report($1) }
        archive.warnOfNewer(entries, context.console)
        let meant = try pipeline.map { try self.meant($0, among: entries, of: archive, in: context) }
        let (live, found) = await archive.live(among: entries, of: store?.url, in: context)
        let wanted = entries.lazy.map { RunFacts($0, live: live) }.filter { facts in
            (meant == nil || NamedPipeline.Known(facts.history).map { meant?.contains($0) == true } ?? false)
                && (status == nil || facts.state == status)
        }
        let runs = Array(wanted.prefix(limit ?? .max))
        let output = outputOptions.output(on: context.console)
        output.document(.runs(runs, in: place))
        guard !runs.isEmpty else {
            output.note("there are no \(entries.isEmpty ? "" : "such ")runs in \(place)")
            return .success
        }
        output.text(
            RunsTable(runs: runs, now: context.clock.date, width: context.console.window(.output) ?? .max).lines)
        for line in found.holdLines { output.note(SanitizedText.clean(line)) }
        return .success
    }

    /// - Throws: `CommandError` `noSuchPipeline`.
    private func meant(
        _ text: String, among entries: [RunArchive.Entry], of archive: RunArchive, in context: CommandContext
    ) throws -> Set<NamedPipeline.Known> {
        let known = entries.compactMap { NamedPipeline.Known($0.history) }
        let meant = NamedPipeline(text, in: context).meant(among: known)
        guard !meant.isEmpty || known.isEmpty else {
            throw CommandError.noSuchPipeline(
                text, in: archive.state.path.string, known: NamedPipeline.list(known, from: context.currentFolder))
        }
        return meant
    }
}

extension RunState: ExpressibleByArgument {
    init?(argument: String) {
        guard let state = Self.allCases.first(where: { $0.argument == argument || $0.rawValue == argument }) else {
            return nil
        }
        self = state
    }

    static var allValueStrings: [String] { allCases.map(\.argument) }

    /// As it is typed: `rolled-back`.
    var argument: String { rawValue.replacing(" ", with: "-") }
}
