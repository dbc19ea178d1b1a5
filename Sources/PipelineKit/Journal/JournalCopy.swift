/// The copy of a run's journal that a backend keeps, beside the one in the run's own folder.
///
/// It begins with the first record that announces a change outside of this machine: a run that changes nothing leaves
/// nothing there. From then on every record is there before what it announces, if that is a change, a way back or the end.
/// The others follow in their order while the run continues.
public struct JournalCopy: Sendable {
    private let backend: any JournalBackend
    private let run: String
    private let pipeline: [UInt8]
    private let attachment: @Sendable (String) throws -> [UInt8]
    private let shown: @Sendable (JournalEntry) -> JournalEntry
    /// The number of records that the backend has already.
    let kept: Int

    /// - Parameters:
    ///   - pipeline: the bytes of the file.
    ///   - attachment: reads a state that is too large for a record.
    ///   - shown: takes out of a record what others must not read.
    ///   - kept: the number of records that the backend has already.
    public init(
        in backend: any JournalBackend, of run: String, pipeline: [UInt8], kept: Int = 0,
        attachment: @escaping @Sendable (String) throws -> [UInt8],
        shown: @escaping @Sendable (JournalEntry) -> JournalEntry
    ) {
        self.backend = backend
        self.run = run
        self.pipeline = pipeline
        self.kept = kept
        self.attachment = attachment
        self.shown = shown
    }

    /// Prepares the backend for the next record.
    func begin() async throws {
        if kept == 0 {
            _ = try await backend.create(pipeline, as: .pipeline, of: run)
        } else {
            // Whoever finds it takes the run for one that needs nothing more.
            try await backend.delete(.done, of: run)
        }
    }

    /// - Throws: `JournalTaken` if another process has written a record of this number.
    func write(_ record: JournalRecord) async throws {
        if case .prepared(let prepared) = record.entry, let name = prepared.attachment?.name {
            _ = try await backend.create(try attachment(name), as: JournalPiece(name: name), of: run)
        }
        let line = self.line(of: record, naming: run)
        if try await backend.create(line, as: .record(record.sequence), of: run) != nil {
            throw JournalTaken(run: run, record: record.sequence, location: backend.location(of: run))
        }
        if case .ended(let ended) = record.entry, !ended.leavesWork {
            _ = try await backend.create(line, as: .done, of: run)
        }
    }

    /// The record as the backend keeps it: with its run, so that nobody takes it for one of another.
    private func line(of record: JournalRecord, naming run: String?) -> [UInt8] {
        JournalRecord(sequence: record.sequence, time: record.time, entry: shown(record.entry), run: run).encoded()
    }

    /// Whether the backend has a record, in this form or in that of older runners.
    public func keeps(_ record: JournalRecord, as line: [UInt8]) -> Bool {
        [run, nil].contains { line == self.line(of: record, naming: $0) }
    }
}

extension RunEnded {
    /// True if a later process has something to do: a rollback that did not finish, or a step that is not done.
    public var leavesWork: Bool { [ExitCode.unrestored, .unfinished].map(\.rawValue).contains(exitCode) }
}

extension JournalEntry {
    /// True if what it announces is a change outside of this machine.
    var announcesChange: Bool {
        guard case .prepared(let record) = self else { return false }
        return switch record.effect {
        case .lasting, .reversible, .irreversible: true
        case .local, .observing: false
        }
    }

    /// True if what it announces waits until the copy has it.
    var isAwaited: Bool {
        switch self {
        case .leased, .failed, .rolledBack, .rollbackFailed, .ended: true
        case .prepared: announcesChange
        case .started, .finished, .unfinished: false
        }
    }

    /// The record without what a command of the user's may have said, which only its own machine keeps. The outputs of
    /// such a step keep their names.
    ///
    /// - Parameter isOpen: true for a step whose outputs and errors others may read.
    public func withoutPrivateTexts(isOpen: (String) -> Bool) -> JournalEntry {
        guard let step, !isOpen(step) else { return self }
        switch self {
        case .finished(var record):
            record.outputs = record.outputs?.mapValues { _ in .null }
            record.error = record.error.map(Self.withoutText)
            record.summary = nil
            return .finished(record)
        case .unfinished(var record):
            record.error = Self.withoutText(record.error)
            return .unfinished(record)
        case .failed(var record):
            record.error = record.error.map(Self.withoutText)
            return .failed(record)
        case .rollbackFailed(var record):
            record.error = Self.withoutText(record.error)
            return .rollbackFailed(record)
        case .started, .leased, .prepared, .rolledBack, .ended: return self
        }
    }

    private static func withoutText(_ error: ErrorRecord) -> ErrorRecord {
        ErrorRecord(code: error.code, message: "only the run's own machine keeps what it said", help: nil)
    }
}
