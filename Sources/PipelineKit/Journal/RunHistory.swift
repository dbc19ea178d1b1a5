/// What a journal says has happened: the state from which a run goes on, in this process or another.
public struct RunHistory: Sendable {
    public private(set) var started: RunStarted?
    public private(set) var startedAt: String = ""
    public private(set) var lastAt: String = ""
    public private(set) var prepared: [String: StepPrepared] = [:]
    /// When a step began to change something, ISO 8601 in UTC, by its id. Not of records that this process appends.
    public private(set) var preparedAt: [String: String] = [:]
    /// Ids of steps in the order in which they began to change something.
    public private(set) var preparedOrder: [String] = []
    public private(set) var finished: [String: StepFinished] = [:]
    /// Steps that got no answer and are not done since.
    public private(set) var unfinished: [String: StepUnfinished] = [:]
    /// Ids of steps in the order in which they ended.
    public private(set) var finishedOrder: [String] = []
    /// Ids of steps in the order in which the journal first speaks of them.
    public private(set) var order: [String] = []
    private var mentioned: Set<String> = []
    public private(set) var failed: RunFailed?
    public private(set) var rolledBack: Set<String> = []
    /// The newest failure to roll back, until a later try goes beyond it.
    public private(set) var rollbackFailed: StepRollbackFailed?
    public private(set) var ended: RunEnded?

    public init() {}

    public init(_ records: [JournalRecord]) {
        startedAt = records.first?.time ?? ""
        for record in records {
            apply(record.entry)
            if case .prepared(let prepared) = record.entry { preparedAt[prepared.step] = record.time }
            lastAt = record.time
        }
    }

    public mutating func apply(_ entry: JournalEntry) {
        if let step = entry.step, mentioned.insert(step).inserted { order.append(step) }
        if case .ended = entry {} else { ended = nil }
        switch entry {
        case .started(let record): started = record
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

    /// A rollback goes on also where `failed` could not be written; the run must not go forward for that.
    private mutating func noteRollback() {
        if failed == nil { failed = RunFailed(cause: .failure) }
    }

    /// Steps that may have changed something and are not rolled back, the last one first.
    public var toRollBack: [StepPrepared] {
        preparedOrder.reversed().compactMap { id in
            guard let record = prepared[id], !rolledBack.contains(id) else { return nil }
            return switch record.effect {
            case .lasting, .reversible, .irreversible: record
            case .local, .observing: nil
            }
        }
    }

    /// Whether something may be left that a kind's own rollback restores, or cannot.
    public var hasUndoableChange: Bool { toRollBack.contains { $0.effect != .lasting } }

    /// In the order in which they first were.
    public var unfinishedInOrder: [StepUnfinished] {
        order.compactMap { unfinished[$0] }
    }

    /// Whether `recover` has something to do.
    public var isUnfinished: Bool {
        ended == nil || rollbackFailed != nil || (failed == nil && !unfinished.isEmpty)
    }
}
