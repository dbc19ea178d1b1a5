public import PipelineKit
internal import Synchronization

/// A journal's file in memory. A record is noted as a line `= …` when it is durable, not when it is written.
public final class RecordingJournalFile: JournalFile {
    /// A disk that goes wrong.
    public enum Fault: Sendable, Hashable {
        /// Only half of the bytes are written.
        case append
        case sync
    }

    private struct State {
        var durable: [UInt8] = []
        var pending: [UInt8] = []
        var appends = 0
    }

    private let state = Mutex(State())
    private let recorder: Recorder
    private let faults: [Int: Fault]
    private let durable: @Sendable (JournalRecord) -> Void

    /// - Parameters:
    ///   - faults: by the number of the append that goes wrong, from 1.
    ///   - durable: called when a record is.
    public init(
        _ recorder: Recorder, faults: [Int: Fault] = [:],
        durable: @escaping @Sendable (JournalRecord) -> Void = { _ in }
    ) {
        self.recorder = recorder
        self.faults = faults
        self.durable = durable
    }

    /// Every byte that was written, durable or not.
    public var bytes: [UInt8] { state.withLock { $0.durable + $0.pending } }

    public func append(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            state.appends += 1
            if faults[state.appends] == .append {
                state.pending += bytes.prefix(bytes.count / 2)
                throw Self.full
            }
            state.pending += bytes
        }
    }

    public func sync() throws {
        let bytes = try state.withLock { state in
            if faults[state.appends] == .sync { throw Self.full }
            defer { state.pending = [] }
            state.durable += state.pending
            return state.pending
        }
        let record = try JournalRecord(decoding: Array(bytes.dropLast()))
        recorder.note("= \(record.entry.text)")
        durable(record)
    }

    public func discardUnsynced() throws {
        state.withLock { $0.pending = [] }
    }

    private static let full = StepError("disk-full", "no space is left")
}

extension JournalEntry {
    /// The record as one short line.
    public var text: String {
        switch self {
        case .started: "started"
        case .leased(let record): "leased \(record.resource) \(record.nonce)"
        case .prepared(let record): "prepared \(record.step)"
        case .finished(let record): "finished \(record.step) \(record.outcome.rawValue)"
        case .unfinished(let record): "unfinished \(record.step)"
        case .failed(let record): "failed \(record.text)"
        case .rolledBack(let record): "rolled-back \(record.step)"
        case .rollbackFailed(let record): "rollback-failed \(record.step)"
        case .ended(let record): "ended \(record.outcome.rawValue) \(record.exitCode)"
        }
    }
}
