public import PipelineKit
internal import Synchronization

/// Keeps journals in memory and notes each piece as a line `store NAME`.
public final class FakeJournals: JournalBackend {
    /// What goes wrong with a piece, once.
    public enum Fault: Sendable, Hashable {
        /// It is not kept.
        case down
        /// It is kept, and nobody is told.
        case lostReply
    }

    private struct State {
        var pieces: [String: [JournalPiece: [UInt8]]] = [:]
        var faults: [JournalPiece: Fault]
        var recorder: Recorder?
    }

    private let state: Mutex<State>

    public init(faults: [JournalPiece: Fault] = [:]) {
        state = Mutex(State(faults: faults))
    }

    /// Notes pieces there from now on.
    public func note(in recorder: Recorder) { state.withLock { $0.recorder = recorder } }

    public func location(of run: String) -> String { "fake:\(run)" }

    public func create(_ bytes: [UInt8], as piece: JournalPiece, of run: String) async throws -> [UInt8]? {
        try state.withLock { state in
            let fault = state.faults.removeValue(forKey: piece)
            if fault == .down { throw Self.noAnswer }
            if let there = state.pieces[run]?[piece] { return there == bytes ? nil : there }
            state.pieces[run, default: [:]][piece] = bytes
            state.recorder?.note("store " + Self.text(of: piece, bytes))
            if fault == .lostReply { throw Self.noAnswer }
            return nil
        }
    }

    public func read(_ piece: JournalPiece, of run: String) async throws -> [UInt8]? {
        state.withLock { $0.pieces[run]?[piece] }
    }

    public func delete(_ piece: JournalPiece, of run: String) async throws {
        state.withLock { state in
            guard state.pieces[run]?.removeValue(forKey: piece) != nil else { return }
            state.recorder?.note("store without \(piece.name)")
        }
    }

    public func pieces() async throws -> [String: Set<JournalPiece>] {
        state.withLock { $0.pieces.mapValues { Set($0.keys) } }
    }

    /// The records of a run, in their order.
    public func records(of run: String) -> [JournalRecord] {
        state.withLock { state in
            var records: [JournalRecord] = []
            while let line = state.pieces[run]?[.record(records.count + 1)],
                let record = try? JournalRecord(decoding: Array(line.dropLast()))
            {
                records.append(record)
            }
            return records
        }
    }

    public func names(of run: String) -> Set<String> {
        state.withLock { Set($0.pieces[run, default: [:]].keys.map(\.name)) }
    }

    private static let noAnswer = StepError("no-answer", "no answer", retry: .network)

    private static func text(of piece: JournalPiece, _ bytes: [UInt8]) -> String {
        (try? JournalRecord(decoding: Array(bytes.dropLast())))
            .map { piece == .done ? "done" : "\($0.sequence) \($0.entry.text)" } ?? piece.name
    }
}
