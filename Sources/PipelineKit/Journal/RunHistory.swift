/// What has happened according to a journal: the state from which a run continues, in this process or another.
public struct RunHistory: Sendable {
    public private(set) var started: RunStarted?
    /// The nonces of the leases that its newest process has taken, by the URL of what is leased.
    public private(set) var leases: [String: String] = [:]
    public private(set) var startedAt: String = ""
    public private(set) var lastAt: String = ""
    public private(set) var prepared: [String: StepPrepared] = [:]
    /// When each step began to change something (ISO 8601 in UTC), by id. Records that this process appends are not
    /// included.
    public private(set) var preparedAt: [String: String] = [:]
    /// The ids of steps in the order in which they began to change something.
    public private(set) var preparedOrder: [String] = []
    public private(set) var finished: [String: StepFinished] = [:]
    /// Steps that got no answer, or failed in `finally`, and have not been done since.
    public private(set) var unfinished: [String: StepUnfinished] = [:]
    /// The ids of steps in the order in which they ended.
    public private(set) var finishedOrder: [String] = []
    /// The ids of steps in the order in which the journal first mentions them.
    public private(set) var order: [String] = []
    private var mentioned: Set<String> = []
    public private(set) var failed: RunFailed?
    public private(set) var rolledBack: Set<String> = []
    /// The newest failure to roll back, until a later attempt rolls a step back.
    public private(set) var rollbackFailed: StepRollbackFailed?
    public private(set) var ended: RunEnded?
    /// The times that processes gave to the run, each until it said that the run had ended: the run itself, and what came
    /// later, such as a rollback that somebody asked for. A process that was killed, and the one that continued after it,
    /// are one part. Records that this process appends are not included.
    public private(set) var parts: [Part] = []

    /// Times of records, ISO 8601 in UTC.
    public struct Part: Hashable, Sendable {
        public var began: String
        /// Nil while it has no end.
        public var ended: String?
    }

    public init() {}

    public init(_ records: [JournalRecord]) {
        startedAt = records.first?.time ?? ""
        for record in records {
            apply(record.entry)
            if case .prepared(let prepared) = record.entry { preparedAt[prepared.step] = record.time }
            lastAt = record.time
            if case .leased = record.entry, parts.last?.ended != nil { continue }
            if parts.last?.ended != nil || parts.isEmpty { parts.append(Part(began: record.time)) }
            if case .ended = record.entry { parts[parts.count - 1].ended = record.time }
        }
    }

    fileprivate mutating func apply(_ entry: JournalEntry) {
        if let step = entry.step, mentioned.insert(step).inserted { order.append(step) }
        // A lease alone is no work: a process may find that it can do nothing with it.
        switch entry {
        case .ended, .leased: break
        default: ended = nil
        }
        switch entry {
        case .started(let record): started = record
        case .leased(let record): leases[record.resource] = record.nonce
        case .prepared(let record):
            if prepared.updateValue(record, forKey: record.step) == nil { preparedOrder.append(record.step) }
        case .unfinished(let record): unfinished[record.step] = record
        case .finished(let record):
            unfinished[record.step] = nil
            if finished.updateValue(record, forKey: record.step) == nil { finishedOrder.append(record.step) }
        case .failed(let record):
            // The first failure is the cause; a rollback asked for later does not hide it.
            // A signal is noted at once, and again with the step that it stopped.
            if failed == nil || failed == RunFailed(cause: record.cause) { failed = record }
        case .rolledBack(let record):
            noteRollback()
            rolledBack.insert(record.step)
            rollbackFailed = nil
        case .rollbackFailed(let record):
            noteRollback()
            rollbackFailed = record
        case .ended(let record): ended = record
        }
    }

    /// Marks the run as failed. A rollback continues even if `failed` could not be written, and the run must not go
    /// forward because of that.
    private mutating func noteRollback() {
        if failed == nil { failed = RunFailed(cause: .failure) }
    }

    /// Steps that may have changed something and are not rolled back, last one first.
    public var toRollBack: [StepPrepared] {
        preparedOrder.reversed().compactMap { id in
            guard let record = prepared[id], !rolledBack.contains(id) else { return nil }
            return switch record.effect {
            case .lasting, .reversible, .irreversible: record
            case .local, .observing: nil
            }
        }
    }

    /// True if a step may have left a change other than a lasting one: one that its kind's own rollback restores, or
    /// that nothing can restore.
    public var hasUndoableChange: Bool { toRollBack.contains { $0.effect != .lasting } }

    /// The release that the run was about, as its steps named it; nil if none has.
    public var version: String? { firstOutput("version") }

    /// The git commit that its release was built from, if a step told it.
    public var commit: String? { firstOutput("commit") }

    private func firstOutput(_ name: String) -> String? {
        finishedOrder.lazy.compactMap { finished[$0]?.outputs?[name]?.asText }.first { !$0.isEmpty }
    }

    /// The unfinished steps in the order in which the journal first mentions them.
    public var unfinishedInOrder: [StepUnfinished] {
        order.compactMap { unfinished[$0] }
    }

    /// True if `recover` has something to do.
    public var isUnfinished: Bool {
        ended == nil || rollbackFailed != nil || (failed == nil && !unfinished.isEmpty)
    }
}

/// A run's journal, and the history that it tells. The history changes only by records that the journal has.
struct JournaledHistory: Sendable {
    private let journal: Journal
    private(set) var history: RunHistory

    init(_ journal: Journal, _ history: RunHistory) {
        self.journal = journal
        self.history = history
    }

    /// Appends an entry to the journal, and then to the history.
    ///
    /// - Throws: what writing the journal throws; the history is then as before.
    mutating func record(_ entry: JournalEntry) async throws {
        try await journal.append(entry)
        history.apply(entry)
    }

    /// True if another process has continued the run.
    var isTaken: Bool { get async { await journal.taken != nil } }

    /// Notes in the journal why the run fails, unless it says so already. The task of the run records it as well.
    func note(_ failed: RunFailed) async {
        try? await journal.note(failed)
    }
}
