internal import FoundationEssentials
internal import PipelineKit
internal import SystemPackage
internal import TextCoding

/// The runs of a project.
struct RunArchive {
    var state: StateFolder
    /// How commands about its runs are typed.
    var commands = RunCommandLine.plain
    /// To tell how old runs are; nil if nobody reads that.
    var now: Date?
    /// Runs that are refused, because they came with a commit.
    var tracked = TrackedRuns.unknown

    /// One run, read from its journal.
    struct Entry {
        var id: String
        var path: FilePath
        /// As far as this runner understands it.
        var history: RunHistory
        /// Why only a newer runner may change it.
        var newer: NewerFormat?

        /// Its report; nil if no process has come to the run's end, or could write one.
        var reportPath: FilePath? {
            let path = path.appending(RunReport.fileName)
            return (try? RegularFile(path)).map { _ in path }
        }

        /// Its state now. The journal alone cannot tell a run in progress from one that was killed.
        var state: RunState {
            let state = history.state
            return (state == .interrupted || state == .notStarted) && isAtWork ? .atWork : state
        }

        /// Whether a process has it now.
        var isAtWork: Bool {
            do {
                _ = try RunFolder.open(path)
                return false
            } catch {
                return error is RunBusy
            }
        }
    }

    /// What a command does with runs. One that only looks gets what this runner understands of each.
    enum Use {
        case look, change
    }

    /// The newest first. A run whose journal cannot be read is handed to `damaged` and left out.
    func entries(
        to use: Use, _ damagedEnd: JournalReader.DamagedEnd = .refused, damaged: (_ run: String, any Error) -> Void
    ) throws -> [Entry] {
        try runIDs().compactMap { id in
            do {
                return try entry(id, to: use, damagedEnd)
            } catch {
                damaged(id, error)
                return nil
            }
        }
    }

    /// Those of the newest runs for which `recover` has something to do, if their journals can be read.
    ///
    /// - Parameter foreign: gets those that are refused.
    func unfinished(amongNewest count: Int, foreign: (ForeignRun) -> Void) throws -> [Entry] {
        try runIDs().prefix(count).compactMap { id in
            do {
                try check(id)
            } catch {
                if let error = error as? ForeignRun { foreign(error) }
                return nil
            }
            let end = try? JournalReader.end(of: state.runs.appending(id).appending("journal.jsonl"))
            if let end, ![Exit.unrestored, .unfinished].map(\.rawValue).contains(end.exitCode) { return nil }
            guard let entry = try? entry(id), entry.history.started != nil, entry.history.isUnfinished else {
                return nil
            }
            return entry.isAtWork ? nil : entry
        }
    }

    /// Warns of runs that were interrupted: the next one may build on what they left.
    ///
    /// - Parameter isFinishedFirst: true for a run that the next one finishes itself.
    func warnOfUnfinished(in context: CommandContext, unless isFinishedFirst: (Entry) -> Bool = { _ in false }) async {
        let console = context.console
        func warn(_ error: any DescribedError) {
            let help = error.help.map { "; \($0)" } ?? ""
            console.note("\(console.style.yellow("warning:")) \(SanitizedText.clean(error.message + help))")
        }
        var archive = self
        // Only then does it matter where they are from.
        if (try? unfinished(amongNewest: 20) { _ in })?.isEmpty == false {
            do {
                archive.tracked = try await TrackedRuns.find(in: state, context)
            } catch {
                if let error = error as? any DescribedError { warn(error) }
                return
            }
        }
        for entry in (try? archive.unfinished(amongNewest: 20, foreign: warn)) ?? [] where !isFinishedFirst(entry) {
            console.note(
                "\(console.style.yellow("warning:")) run \(entry.id) is unfinished; `\(commands.recover)` finishes it")
        }
    }

    /// Warns of runs that this runner does not understand to their end.
    func warnOfNewer(_ entries: [Entry], _ console: Console) {
        for entry in entries {
            guard let newer = entry.newer else { continue }
            let help = newer.help.map { "; \($0)" } ?? ""
            console.note("\(console.style.yellow("warning:")) \(SanitizedText.clean(newer.message + help))")
        }
    }

    /// Without anything else that is there, such as a file that a desktop left. A link to a folder is among them, and is
    /// refused when it is used.
    private func runIDs() throws -> [String] {
        try state.runIDs().filter { id in
            try id.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-._".utf8.contains($0) }
                && FileStatus.isFolder(state.runs.appending(id))
        }
    }

    /// Whoever could put a run here would have it finished with this user's rights, and under the name of a clean one.
    ///
    /// - Throws: `ForeignRun` if it is not sure that this user's runner has made it; `FileError`.
    private func check(_ id: String) throws {
        try RunOwner.checkRuns(state.runs)
        let path = state.runs.appending(id)
        try RunOwner.check(path)
        if tracked.contains(id) { throw ForeignRun(folder: path, reason: .tracked) }
    }

    /// - Throws: `NewerFormat` if the run would be changed, and this runner must not; `ForeignRun` if it is not this user's.
    func entry(
        _ id: String, to use: Use = .look, _ damagedEnd: JournalReader.DamagedEnd = .refused
    ) throws -> Entry {
        try check(id)
        let path = state.runs.appending(id)
        let journal = path.appending("journal.jsonl")
        do {
            let contents = try JournalReader.read(journal, damagedEnd: damagedEnd)
            if use == .change, let newer = contents.newer { throw newer }
            return Entry(id: id, path: path, history: RunHistory(contents.records), newer: contents.newer)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            // Killed before its first record.
            return Entry(id: id, path: path, history: RunHistory())
        }
    }

    /// The run that was named, by its id or any part of it that no other has; the newest if none was.
    ///
    /// - Throws: `CommandError` `noRuns`, `noSuchRun`, `severalRuns`.
    func find(_ name: String?, to use: Use, _ damagedEnd: JournalReader.DamagedEnd = .refused) throws -> Entry {
        let ids = try runIDs()
        guard let newest = ids.first else { throw CommandError.noRuns(state.path.string) }
        guard let name else { return try entry(newest, to: use, damagedEnd) }
        if ids.contains(name) { return try entry(name, to: use, damagedEnd) }
        let matches = name.isEmpty ? [] : ids.filter { $0.contains(name) }
        guard let match = matches.first else { throw CommandError.noSuchRun(name, in: state.path.string, commands) }
        guard matches.count == 1 else {
            throw CommandError.severalRuns(
                name, count: matches.count, matches.prefix(Self.mostCandidates).map(described), commands)
        }
        return try entry(match, to: use, damagedEnd)
    }

    private static let mostCandidates = 10

    /// Its id, its age and its state, as far as they can be told.
    private func described(_ id: String) -> String {
        guard let facts = (try? entry(id)).map({ RunFacts($0) }) else { return id }
        let age = now.flatMap { now in facts.startedAt.map { Age.text(of: $0, at: now) } }
        return [id, age, facts.state.word].compactMap(\.self).joined(separator: "  ")
    }
}
