internal import FoundationEssentials
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Runs that did not end and have left something in the stores of a new one. The new run finishes them when it has its
/// leases: then nobody else is at work there.
struct UnfinishedRuns: Sendable {
    private let context: CommandContext
    private let pipeline: Pipeline
    private let resources: Set<Resource>
    private let settled: SettledRuns

    /// - Parameters:
    ///   - pipeline: of the new run.
    ///   - settled: gets the runs that are finished.
    init(
        of pipeline: Pipeline, _ project: Project, noting settled: SettledRuns = SettledRuns(),
        in context: CommandContext
    ) {
        self.settled = settled
        self.context = context
        self.pipeline = pipeline
        resources = Set(StoreJournal.stores(of: pipeline).map { $0.resource(in: project) })
    }

    /// True if the new run finishes a run of this machine that no process has. One that came to an end and could not be
    /// restored is for a person, and one that takes no lease may be a part of something larger.
    func includes(_ entry: RunArchive.Entry) -> Bool {
        guard case .lease = pipeline.concurrency, let started = entry.history.started, entry.history.ended == nil,
            let other = DeployReader(registry: context.registry, environment: context.environment).pipeline(of: entry),
            case .lease = other.concurrency
        else { return false }
        let project = Project(folder: FilePath(started.project))
        return StoreJournal.stores(of: other).contains { resources.contains($0.resource(in: project)) }
    }

    /// Finishes them, the oldest first.
    ///
    /// - Parameters:
    ///   - run: the new one.
    ///   - leases: those that it holds.
    /// - Throws: `StepError` `unfinished-run` if the file says `on-unfinished: stop`.
    func finish(besides run: String, in state: StateFolder, _ leases: Leases, _ output: CommandOutput) async throws {
        let archive = RunArchive(
            state: state, commands: RunCommandLine(to: state, in: context),
            tracked: try await TrackedRuns.find(in: state, context))
        let entries = try archive.unfinished(amongNewest: 20) { _ in }
        for entry in entries.reversed() where entry.id != run && includes(entry) {
            try await finish(entry, leases, output, archive.commands)
        }
        try await finishGone(besides: Set(try state.runIDs()), in: state, leases, output)
    }

    /// Finishes runs whose machines are gone.
    private func finishGone(
        besides known: Set<String>, in state: StateFolder, _ leases: Leases, _ output: CommandOutput
    ) async throws {
        guard let store = try StoreJournal.place(of: pipeline) else { return }
        let runs = try StoreRuns(store.described.asText, in: context)
        var archive = RunArchive(state: StateFolder(state.path.appending("elsewhere")), commands: runs.commands)
        archive.tracked = try await TrackedRuns.find(in: archive.state, context)
        let fetched: [StoreRuns.Fetched]
        do {
            try archive.state.prepare()
            fetched = try await runs.fetch(into: archive.state, besides: known)
        } catch {
            warn("the store's journals could not be looked at: \(ErrorRecord(error).message)")
            return
        }
        for run in fetched {
            switch run {
            case .refused(_, let error): warn(ErrorRecord(error).message)
            case .run(let path):
                let entry = try archive.entry(path.lastComponent?.string ?? "", to: .look)
                if let ended = entry.history.ended {
                    // It was killed after its last record.
                    if !ended.leavesWork, isDead(entry, leases) {
                        try? await runs.markDone(entry.id, in: archive.state)
                    }
                    continue
                }
                guard isDead(entry, leases) else {
                    warn(
                        "run \(entry.id) has no end, and its last record is of \(entry.history.lastAt); if nothing works on it "
                            + "any more, `\(runs.commands.recover(entry.id))` finishes it")
                    continue
                }
                try await finish(entry, leases, output, runs.commands, from: runs)
            }
        }
    }

    /// True if the run held one of the leases that the new run holds now. A journal begins when the run has its leases, and
    /// the first records may be all that a killed one has left: then its file tells of them.
    private func isDead(_ entry: RunArchive.Entry, _ leases: Leases) -> Bool {
        if entry.history.leases.isEmpty, entry.history.toRollBack.isEmpty { return includes(entry) }
        return entry.history.hasLostALease(to: leases)
    }

    private func finish(
        _ entry: RunArchive.Entry, _ leases: Leases, _ output: CommandOutput, _ commands: RunCommandLine,
        from source: StoreRuns? = nil
    ) async throws {
        if pipeline.onUnfinished == .stop {
            throw StepError(
                "unfinished-run",
                "run \(entry.id) did not end, and `on-unfinished: stop` lets nothing begin before it has",
                help: "finish it: `\(commands.recover)`")
        }
        let goesBack = isBeforeItsSwitch(entry)
        let reason =
            goesBack ? "did not come to its switch, so it is taken back first" : "did not end, so it is finished first"
        output.note(SanitizedText.clean("run \(entry.id) \(reason)"))
        var session = RunSession(
            context: context, purpose: goesBack ? .rollback : .recover,
            output: CommandOutput(console: context.console, verbosity: .quiet))
        session.source = source
        session.lent = leases
        do {
            settled.note(entry.id)
            let result = try await session.resume(entry.path)
            let rest = result.left.isEmpty ? "" : "; something of it is left"
            output.note(SanitizedText.clean("run \(entry.id): \(result.word)\(rest)"))
        } catch {
            warn(ErrorRecord(error).message)
        }
    }

    /// Visitors have never had its release, and the new run brings them one.
    private func isBeforeItsSwitch(_ entry: RunArchive.Entry) -> Bool {
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        guard let deploy = reader.read(entry)?.deploy else { return false }
        return deploy.switches.allSatisfy { $0.before == nil }
    }

    private func warn(_ text: String) {
        let console = context.console
        console.note("\(console.style.yellow("warning:")) \(SanitizedText.clean(text))")
    }
}

extension RunHistory {
    /// True if the run held one of these leases, and another run holds it now.
    func hasLostALease(to held: Leases) -> Bool {
        held.resources.contains { resource in
            guard let nonce = leases[resource.url], let holding = held.holding(of: resource) else { return false }
            return nonce != holding.nonce
        }
    }
}
