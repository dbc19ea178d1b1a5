internal import PipelineKit
internal import SystemPackage

/// The runs of a project.
struct RunArchive {
    let state: StateFolder
    /// How commands about its runs are typed.
    var commands = RunCommandLine.plain

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
            return (try? DurableFile.open(path, .readOnly)).map { file in
                try? file.close()
                return path
            }
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
    func entries(to use: Use, damaged: (_ run: String, any Error) -> Void) throws -> [Entry] {
        try runIDs().compactMap { id in
            do {
                return try entry(id, to: use)
            } catch {
                damaged(id, error)
                return nil
            }
        }
    }

    /// Those of the newest runs for which `recover` has something to do, if their journals can be read.
    func unfinished(amongNewest count: Int) throws -> [Entry] {
        try runIDs().prefix(count).compactMap { id in
            let end = try? JournalReader.end(of: state.runs.appending(id).appending("journal.jsonl"))
            if let end, ![Exit.unrestored, .unfinished].map(\.rawValue).contains(end.exitCode) { return nil }
            guard let entry = try? entry(id), entry.history.started != nil, entry.history.isUnfinished else {
                return nil
            }
            return entry.isAtWork ? nil : entry
        }
    }

    /// Warns of runs that were interrupted: the next one may build on what they left.
    func warnOfUnfinished(_ console: Console) {
        for entry in (try? unfinished(amongNewest: 20)) ?? [] {
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

    /// Without anything else that is there, such as a file that a desktop left.
    private func runIDs() throws -> [String] {
        try state.runIDs().filter { try FileStatus.isFolder(state.runs.appending($0)) }
    }

    /// - Throws: `NewerFormat` if the run would be changed, and this runner must not.
    func entry(_ id: String, to use: Use = .look) throws -> Entry {
        let path = state.runs.appending(id)
        let journal = path.appending("journal.jsonl")
        do {
            let contents = try JournalReader.read(journal)
            if use == .change, let newer = contents.newer { throw newer }
            return Entry(id: id, path: path, history: RunHistory(contents.records), newer: contents.newer)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            // Killed before its first record.
            return Entry(id: id, path: path, history: RunHistory())
        }
    }

    /// The run that was named, by its id or a part of it that no other has; the newest if none was.
    func find(_ name: String?, to use: Use) throws -> Entry {
        let ids = try runIDs()
        guard let newest = ids.first else { throw CommandError.noRuns(state.path.string) }
        guard let name else { return try entry(newest, to: use) }
        if ids.contains(name) { return try entry(name, to: use) }
        let matches = ids.filter { $0.hasSuffix(name) || $0.hasPrefix(name) }
        guard let match = matches.first, matches.count == 1, !name.isEmpty else {
            throw CommandError.noSuchRun(name, in: state.path.string, commands)
        }
        return try entry(match, to: use)
    }
}
