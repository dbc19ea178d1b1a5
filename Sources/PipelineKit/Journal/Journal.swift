public import FoundationEssentials

/// A run's append-only record, on the disk before anything that it describes happens.
public actor Journal {
    private let file: any JournalFile
    private let now: @Sendable () -> Date
    private var nextSequence: Int
    /// True if the file may hold bytes of a record that could not be made durable.
    private var isTorn = false
    private var hasFailed = false

    /// - Parameter records: the number of records that the file has already.
    public init(_ file: any JournalFile, records: Int, now: @escaping @Sendable () -> Date) {
        self.file = file
        self.now = now
        nextSequence = records + 1
    }

    /// Returns when the record is durable. If it fails, the file is as it was before, and a later record may still
    /// succeed.
    public func append(_ entry: JournalEntry) throws {
        let record = JournalRecord(sequence: nextSequence, time: now().journalText, entry: entry)
        let line = record.encoded()
        if isTorn { try file.discardUnsynced() }
        isTorn = true
        do {
            try file.append(line)
            try file.sync()
        } catch {
            // At once, because there may be no later record: `recover` would take one that is whole for what was announced.
            withdraw()
            throw error
        }
        isTorn = false
        nextSequence += 1
        if case .failed = entry { hasFailed = true }
    }

    private func withdraw() {
        do {
            try file.discardUnsynced()
            isTorn = false
        } catch {
            // The next record tries again.
        }
    }

    /// Appends why the run fails, unless the journal says so already.
    func note(_ failed: RunFailed) throws {
        if !hasFailed { try append(.failed(failed)) }
    }
}

extension Date {
    /// ISO 8601 in UTC, with milliseconds.
    public var journalText: String { formatted(Self.journalStyle) }

    /// - Returns: nil if the text is not in the format of `journalText`.
    public init?(journalText: String) {
        guard let date = try? Self.journalStyle.parse(journalText) else { return nil }
        self = date
    }

    private static var journalStyle: Date.ISO8601FormatStyle {
        .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted)
    }
}
