internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Brings the runs whose journals a store keeps to this machine. What a store says is data: whoever can write to it may have
/// written anything, so nothing of it counts before it is checked.
struct StoreRuns {
    let context: CommandContext
    let store: StoreURL
    /// Where it is, as a command takes it.
    let url: String

    /// - Parameter text: as it was typed.
    /// - Throws: `CommandError` `badArgument`.
    init(_ text: String, in context: CommandContext) throws {
        do {
            store = try StoreURL(text)
        } catch let error as StepError {
            throw CommandError.badArgument(error)
        }
        guard !store.isFolder else {
            throw CommandError.badArgument(
                StepError(
                    "no-store-journals", "`\(text)` is a folder, and only a store in a bucket keeps journals",
                    help: "a folder's runs are on its own machine: type the command there without `--store`"))
        }
        self.context = context
        url = store.described.asText
    }

    /// What came of a run's journal.
    enum Fetched {
        /// Its folder here.
        case run(FilePath)
        case refused(run: String, any Error)

        var id: String {
            switch self {
            case .run(let path): path.lastComponent?.string ?? ""
            case .refused(let run, _): run
            }
        }
    }

    /// Brings runs into a folder of runs, the oldest first. One that is in it already is taken as it is.
    ///
    /// - Parameters:
    ///   - all: true for those that are done as well.
    ///   - known: runs that are left out.
    ///   - name: only runs whose id has it in it.
    func fetch(
        into state: StateFolder, all: Bool = false, besides known: Set<String> = [], named name: String? = nil
    ) async throws -> [Fetched] {
        try await withJournals(in: state) { journals in
            var fetched: [Fetched] = []
            for (run, pieces) in try await journals.pieces().sorted(by: { $0.key < $1.key }) {
                guard all || !pieces.contains(.done), !known.contains(run), name.map(run.contains) ?? true,
                    pieces.hasRecords
                else { continue }
                do {
                    fetched.append(.run(try await fetch(run, pieces, from: journals, into: state)))
                } catch let error where error is StoreJournalError || error is OversizedJournal {
                    fetched.append(.refused(run: run, error))
                }
            }
            return fetched
        } ?? []
    }

    /// Marks a run as done whose journal says so, and whose process was killed before it could.
    func markDone(_ run: String, in state: StateFolder) async throws {
        try await withJournals(in: state) { journals in
            let pieces = try await journals.pieces()[run] ?? []
            var number = 1
            while pieces.contains(.record(number + 1)) { number += 1 }
            guard let line = try await journals.read(.record(number), of: run) else { return }
            _ = try await journals.create(line, as: .done, of: run)
        }
    }

    /// - Returns: nil if the store keeps no journals.
    private func withJournals<Result: Sendable>(
        in state: StateFolder, _ body: (any JournalBackend) async throws -> Result
    ) async throws -> Result? {
        let transport = context.connect()
        let services = context.services(sinks: [], transport: transport, state: state)
        let identity = RunIdentity(
            id: "runs", startedAt: context.clock.date, project: Project(folder: context.currentFolder), folder: "")
        let result: Swift.Result<Result?, any Error>
        do {
            let journals = try await StoreJournal.open(store, run: identity, context.currentFolder, services, context)
            if let journals { result = .success(try await body(journals)) } else { result = .success(nil) }
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    private func fetch(
        _ run: String, _ pieces: Set<JournalPiece>, from journals: any JournalBackend, into state: StateFolder
    ) async throws -> FilePath {
        let path = state.runs.appending(run)
        // The journal comes last: a folder without one is what a process has left that was killed while it brought the run.
        if StoredJournal.isRunID(run), try FileStatus.exists(RunFolder.journal(in: path)) { return path }
        let stored = try await StoredJournal(of: run, pieces, in: journals)
        let folder = try RunFolder.create(run, in: state)
        try DurableFile.write(stored.pipeline, to: folder.pipelinePath)
        for (name, state) in stored.attachments { try folder.writeAttachment(state, named: name) }
        try DurableFile.write(stored.lines, to: folder.journalPath)
        return folder.path
    }

    /// Brings all runs into a folder that is deleted afterwards.
    ///
    /// - Parameters:
    ///   - name: only runs whose id has it in it.
    ///   - body: gets them.
    func whileFetched<Result>(
        named name: String? = nil, _ body: (RunArchive) async throws -> Result
    ) async throws -> Result {
        let token = context.random.hexadecimal(digits: 16)
        let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("runner-\(token)")
        let state = StateFolder(folder)
        try CommandError.inState { try state.prepare() }
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        for case .refused(_, let error) in try await fetch(into: state, all: true, named: name) {
            context.console.report(error)
        }
        return try await body(RunArchive(state: state, commands: commands, now: context.clock.date))
    }

    /// How commands about its runs are typed.
    var commands: RunCommandLine { RunCommandLine(store: url) }

    /// Refuses a pipeline that names anything but the store, or a distribution that none of its switches names.
    ///
    /// - Throws: `StoreJournalError`.
    func check(_ pipeline: Pipeline, of run: String) throws {
        guard try StoreJournal.place(of: pipeline) == store else {
            throw StoreJournalError(run: run, reason: "its pipeline keeps its journal elsewhere")
        }
        let steps = pipeline.steps + pipeline.finally
        var (stores, distributions) = (Set<StoreURL?>(), Set<String>())
        for step in steps where step.kind.name == DeployReader.kind {
            if let distribution = step.options["distribution"]?.text { distributions.insert(distribution) }
        }
        for step in steps {
            if let option = step.options["store"] { stores.insert(option.text.flatMap { try? StoreURL($0) }) }
            guard let option = step.options["distribution"] else { continue }
            guard let distribution = option.text, distributions.contains(distribution) else {
                throw StoreJournalError(
                    run: run,
                    reason: "step `\(step.id)` names a distribution that no `\(DeployReader.kind)` step switches")
            }
        }
        guard stores.count <= 1, stores.first != .some(nil), pipeline.state != nil || stores.first ?? nil == store
        else {
            throw StoreJournalError(run: run, reason: "its pipeline names another store")
        }
    }
}
