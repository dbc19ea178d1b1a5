internal import HTTP
internal import Logging
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// The journal of a run in the bucket that it changes, beside the one in its folder.
struct StoreJournal {
    /// So many runs that are done stay in a store, for `runs` and `show`.
    static let keptRuns = 20

    let journals: any JournalBackend
    let pipeline: Pipeline
    let folder: RunFolder

    /// Finds the store that keeps the journal of a pipeline's runs: the first bucket that a step changes, or the one that
    /// `state` names.
    ///
    /// - Returns: nil if no store does: the file says `journal: local`, the store is a folder, or only a run knows it.
    static func place(of pipeline: Pipeline) throws -> StoreURL? {
        if pipeline.keepsJournalLocal { return nil }
        guard let store = stores(of: pipeline).first(where: { !$0.isFolder }) else { return nil }
        return try pipeline.state.map { try StoreURL($0) } ?? store
    }

    /// The stores that steps change, in their order, as far as they are known before the run.
    static func stores(of pipeline: Pipeline) -> [StoreURL] {
        (pipeline.steps + pipeline.finally).compactMap { step in
            switch step.kind.effect {
            case .local, .observing: nil
            case .lasting, .reversible, .irreversible: step.options["store"]?.text.flatMap { try? StoreURL($0) }
            }
        }
    }

    /// - Parameter services: what a step would work with.
    static func open(
        _ store: StoreURL, run: RunIdentity, _ folder: FilePath, _ services: RunServices, _ context: CommandContext
    ) async throws -> (any JournalBackend)? {
        let info = RunInfo(
            id: run.id, pipeline: "journal", startedAt: run.startedAt, runnerVersion: services.runnerVersion)
        var stepContext = StepContext(
            run: info, stepID: "journal", folder: folder, project: run.project, environment: services.environment,
            clock: services.clock, logger: Logger(label: "journal") { _ in SwiftLogNoOpLogHandler() },
            progress: .silent, random: services.random, processes: services.processes)
        stepContext.mask = { [secrets = context.secrets] in secrets.mask($0) }
        stepContext.noteSecret = { [secrets = context.secrets] in secrets.add([$0]) }
        services.equip(&stepContext)
        return try await store.openJournals(in: stepContext)
    }

    /// - Parameter kept: the number of records that the store has already.
    func copy(kept: Int = 0) throws -> JournalCopy {
        let open = Set((pipeline.steps + pipeline.finally).filter { $0.elsewhere > .nothing }.map(\.id))
        return JournalCopy(
            in: journals, of: folder.runID, pipeline: try DurableFile.read(folder.pipelinePath), kept: kept,
            attachment: { [folder] in try folder.readAttachment(named: $0) },
            shown: { $0.withoutPrivateTexts { open.contains($0) } })
    }

    /// Compares the journal in the run's folder with the one in the store. If another process has continued the run, its
    /// records take the place of those that the folder has instead.
    ///
    /// - Returns: the journal as it is now in both places, and the number of records that the store has.
    func merge(_ contents: JournalContents) async throws -> (contents: JournalContents, kept: Int) {
        let pieces = try await journals.pieces()[folder.runID] ?? []
        let copy = try copy()
        var kept = 0
        while pieces.contains(.record(kept + 1)) {
            guard let line = try await journals.read(.record(kept + 1), of: folder.runID) else { break }
            guard kept < contents.records.count, copy.keeps(contents.records[kept], as: line) else {
                return try await take(contents, from: kept, pieces)
            }
            kept += 1
        }
        // What is missing here is written again, but not what another process has written.
        if pieces.newestRecord > contents.records.count {
            throw StoreJournalError(run: folder.runID, reason: "it lacks record \(kept + 1)")
        }
        return (contents, kept)
    }

    /// Replaces the records after the first ones by those of the store.
    private func take(
        _ contents: JournalContents, from first: Int, _ pieces: Set<JournalPiece>
    ) async throws -> (contents: JournalContents, kept: Int) {
        var contents = contents
        let bytes = contents.records.isEmpty ? [] : try DurableFile.read(folder.journalPath, followsLink: false)
        contents.records = Array(contents.records.prefix(first))
        contents.length = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).prefix(first)
            .reduce(0) { $0 + $1.count + 1 }
        let file = try DiskJournalFile(folder.journalPath, keeping: contents.length)
        var number = first + 1
        while pieces.contains(.record(number)), let line = try await journals.read(.record(number), of: folder.runID) {
            let record = try JournalRecord(storedAs: line, number: number, of: folder.runID)
            if case .prepared(let prepared) = record.entry, let name = prepared.attachment?.name {
                guard let state = try await journals.read(JournalPiece(name: name), of: folder.runID) else {
                    throw StoreJournalError(run: folder.runID, reason: "it lacks the file \(name)")
                }
                try folder.writeAttachment(state, named: name)
            }
            try file.append(line)
            contents.records.append(record)
            contents.length += line.count
            number += 1
        }
        guard pieces.newestRecord < number else {
            throw StoreJournalError(run: folder.runID, reason: "it lacks record \(number)")
        }
        try file.sync()
        return (contents, contents.records.count)
    }
}
