public import FoundationEssentials

/// A run's append-only record, on the disk before anything that it describes happens.
public actor Journal {
    private let file: any JournalFile
    private let now: @Sendable () -> Date
    private var nextSequence: Int
    /// True if the file may hold bytes of a record that could not be made durable.
    private var isTorn = false
    private var hasFailed = false
    private let copy: JournalCopy?
    /// Records that the copy does not have yet, the oldest first.
    private var uncopied: [JournalRecord]
    private var isCopying: Bool
    private var copying: Task<Void, any Error>?
    private var hasBegunCopy = false
    /// Set when another process has continued the run: this one writes nothing more.
    private(set) var taken: JournalTaken?

    /// - Parameters:
    ///   - records: those that the file has already.
    ///   - copy: nil if the journal is only in the file.
    public init(
        _ file: any JournalFile, records: [JournalRecord] = [], copy: JournalCopy? = nil,
        now: @escaping @Sendable () -> Date
    ) {
        self.file = file
        self.now = now
        self.copy = copy
        nextSequence = records.count + 1
        let rest = copy.map { Array(records.dropFirst($0.kept)) } ?? []
        uncopied = rest
        let isKept = copy.map { $0.kept > 0 } ?? false
        isCopying = isKept || rest.contains { $0.entry.announcesChange }
    }

    /// Returns when the record is durable, also in the copy if what it announces waits for that. If the file cannot be
    /// written, it is as it was before, and a later record may still succeed. If the copy cannot, the record stays in the
    /// file, and the copy gets it with the next one.
    ///
    /// - Throws: `JournalTaken` if another process has continued the run.
    public func append(_ entry: JournalEntry) async throws {
        if let taken { throw taken }
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
        try await addToCopy(record)
    }

    private func addToCopy(_ record: JournalRecord) async throws {
        guard copy != nil else { return }
        uncopied.append(record)
        if record.entry.announcesChange { isCopying = true }
        guard isCopying else { return }
        let task = copying ?? Workplace.task { [self] in try await completeCopy() }
        copying = task
        if record.entry.isAwaited { try await task.value }
    }

    /// One at a time, so that the copy never has a record without those before it.
    private func completeCopy() async throws {
        defer { copying = nil }
        guard let copy else { return }
        do {
            if !hasBegunCopy { try await copy.begin() }
            hasBegunCopy = true
            while let record = uncopied.first {
                try await copy.write(record)
                uncopied.removeFirst()
            }
        } catch let error as JournalTaken {
            taken = error
            throw error
        }
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
    func note(_ failed: RunFailed) async throws {
        if !hasFailed { try await append(.failed(failed)) }
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
