internal import Digest
internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage
internal import TextCoding

/// Brings the runs whose journals a store keeps to this machine. What a store says is data: whoever can write to it may have
/// written anything, so nothing of it counts before it is checked.
struct StoreRuns {
    let context: CommandContext
    let store: StoreURL
    /// Where it is, as a command takes it.
    let url: String

    /// No run has more records, or more bytes.
    static let (mostRecords, mostBytes) = (10_000, 64 << 20)

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
        func refused(_ reason: String) -> StoreJournalError { StoreJournalError(run: run, reason: reason) }
        guard Self.isRunID(run) else { throw StoreJournalError(run: "?", reason: "its id is not that of a run") }
        let path = state.runs.appending(run)
        if try FileStatus.isFolder(path) { return path }
        var bytes = 0
        func read(_ piece: JournalPiece) async throws -> [UInt8] {
            guard pieces.contains(piece), let piece = try await journals.read(piece, of: run) else {
                throw refused("it lacks the file \(piece.name)")
            }
            bytes += piece.count
            guard bytes <= Self.mostBytes else { throw refused("it is longer than any journal") }
            return piece
        }
        let file = try await read(.pipeline)
        var (lines, attachments, number) = ([UInt8](), [String: [UInt8]](), 1)
        while pieces.contains(.record(number)) {
            guard number <= Self.mostRecords else { throw refused("it has more records than any journal") }
            let line = try await read(.record(number))
            let record = try JournalRecord(storedAs: line, number: number, of: run)
            if number == 1 {
                guard case .started(let started) = record.entry, started.runID == run,
                    started.digest == SHA256.hash(file).description
                else { throw refused("its first record is not of this run and this pipeline file") }
            }
            if case .prepared(let prepared) = record.entry, let name = prepared.attachment?.name {
                attachments[name] = try await read(JournalPiece(name: name))
            }
            lines += line
            number += 1
        }
        guard number > 1 else { throw refused("it has no record") }
        let folder = try RunFolder.create(run, in: state)
        try DurableFile.write(file, to: folder.pipelinePath)
        for (name, state) in attachments { try folder.writeAttachment(state, named: name) }
        try DurableFile.write(lines, to: folder.journalPath)
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

    private static func isRunID(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.first.map(\.isASCIIAlphanumeric) == true
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-._".utf8.contains($0) }
    }

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
