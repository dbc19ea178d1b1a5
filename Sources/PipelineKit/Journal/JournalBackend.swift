/// Keeps journals where they outlive the machine of their run, such as in the store that the run changes.
///
/// A journal there is made of pieces, each under a name of its own: the records by their numbers, the pipeline file, and
/// states that are too large for a record.
public protocol JournalBackend: Sendable {
    /// Where the journal of a run is, for messages.
    func location(of run: String) -> String

    /// Keeps a piece if there is none of its name; it is durable when this returns. A reply that is lost is no doubt: what
    /// is there is read back and compared.
    ///
    /// - Returns: another piece that has the name already, and stays; nil if this one has it.
    func create(_ bytes: [UInt8], as piece: JournalPiece, of run: String) async throws -> [UInt8]?

    /// - Returns: nil if there is no such piece.
    func read(_ piece: JournalPiece, of run: String) async throws -> [UInt8]?

    /// Deletes a piece; no error if there is none.
    func delete(_ piece: JournalPiece, of run: String) async throws

    /// What is kept of each run, by its id.
    func pieces() async throws -> [String: Set<JournalPiece>]
}

extension JournalBackend {
    /// Deletes the journals of runs that are done, except the newest ones. One with anything left to do stays.
    public func forget(exceptNewest count: Int) async throws {
        let all = try await pieces().sorted { $0.key > $1.key }
        let done = all.filter { $0.value.contains(.done) }
        for (run, pieces) in done.dropFirst(count) {
            // In this order, whoever finds a part of it after a kill takes it neither for a whole journal nor for one of a
            // run that needs anything.
            try await delete(.pipeline, of: run)
            for piece in pieces where piece != .done && piece != .pipeline { try await delete(piece, of: run) }
            try await delete(.done, of: run)
        }
        guard done.count >= count, let oldest = done.prefix(count).last?.key else { return }
        for (run, pieces) in all where pieces == [.pipeline] && run < oldest { try await delete(.pipeline, of: run) }
    }
}

extension Set<JournalPiece> {
    /// False if there is nothing to read: its run was killed before its first record, so that it has changed nothing, or
    /// the journal is on its way out.
    public var hasRecords: Bool { self != [.pipeline] && !(contains(.done) && !contains(.pipeline)) }
}

/// A part of a journal that a backend keeps.
public struct JournalPiece: Hashable, Sendable {
    public let name: String

    public init(name: String) {
        self.name = name
    }

    /// - Parameter number: the first record of a journal has 1.
    public static func record(_ number: Int) -> JournalPiece {
        let digits = String(number)
        return JournalPiece(name: String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".json")
    }

    /// Nil if it is no record.
    public var recordNumber: Int? {
        guard let number = Int(name.prefix { $0 != "." }), Self.record(number) == self else { return nil }
        return number
    }

    /// The pipeline file as it was when the run began.
    public static let pipeline = JournalPiece(name: "pipeline.yml")
    /// Says that nothing of the run is left to do, so that nobody must read its records to know.
    public static let done = JournalPiece(name: "done")
}

/// Another process has continued the run, and its records are in the store.
public struct JournalTaken: DescribedError {
    public var run: String
    /// The number of the first record that this process has lost.
    public var record: Int
    public var location: String

    public var code: String { "journal-taken" }
    public var retryClass: RetryClass { .conflict }
    public var message: String {
        "another process continues run \(run): record \(record) of its journal in \(location) is not of this process, which "
            + "therefore stops and changes nothing more"
    }
    public var help: String? { "wait for the other process to end, and look at what visitors have" }
}
