public import SystemPackage

/// The good records of a journal.
public struct JournalContents: Sendable {
    /// The records that this runner can read.
    public var records: [JournalRecord]
    /// The length of the good records, in bytes.
    public var length: Int
    /// Why the run must be left to a newer runner; nil if it need not be.
    public var newer: NewerFormat?

    public init(records: [JournalRecord], length: Int) {
        self.records = records
        self.length = length
    }

    /// The contents of a journal that has not begun.
    public static let none = JournalContents(records: [], length: 0)
}

/// Reads a journal back.
public enum JournalReader {
    /// What becomes of a last record that is bad although no crash can have torn it.
    public enum DamagedEnd: Sendable {
        case refused, dropped
    }

    /// Reads all good records. A torn last record is left out: what it announced had not begun.
    ///
    /// Records that a newer runner wrote are left out as well, and `newer` says so.
    ///
    /// - Throws: `JournalError.damaged` if a record before the last one is bad; `JournalError.damagedEnd` if the last one
    ///   is, and was written to its end: what it announced may have begun; `FileError`.
    public static func read(_ path: FilePath, damagedEnd: DamagedEnd = .refused) throws -> JournalContents {
        try read(DurableFile.read(path, followsLink: false), name: path.string, damagedEnd)
    }

    /// Returns how the run ended, from its last record alone; nil if it has not ended.
    ///
    /// - Throws: `FileError`.
    public static func end(of path: FilePath) throws -> RunEnded? {
        let file = try DurableFile.openRegular(path, .readOnly, followsLink: false)
        defer { try? file.close() }
        let tail: [UInt8]
        do {
            let start = max(0, try file.seek(offset: 0, from: .end) - 4_096)
            tail = try [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
                count = try file.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))
            }
        } catch let error as Errno {
            throw FileError("read", path, error)
        }
        guard tail.last == 0x0A, let line = tail.dropLast().split(separator: 0x0A).last,
            let record = try? JournalRecord(decoding: Array(line)), case .ended(let end) = record.entry
        else { return nil }
        return end
    }

    static func read(
        _ bytes: [UInt8], name: String, _ damagedEnd: DamagedEnd = .refused
    ) throws -> JournalContents {
        var contents = JournalContents(records: [], length: 0)
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where index < lines.count - 1 {
            let isLast = index == lines.count - 2 && lines[lines.count - 1].isEmpty
            do {
                let record = try JournalRecord(decoding: Array(line))
                guard record.sequence == index + 1 else {
                    throw JournalRecord.Damaged(reason: "it has the number \(record.sequence)")
                }
                contents.records.append(record)
                contents.length += line.count + 1
                contents.note(record, in: name)
            } catch is JournalRecord.Unknown {
                contents.length += line.count + 1
                contents.noteUnknown(index + 1, in: name)
            } catch let error as JournalRecord.Damaged {
                guard isLast, error.isTorn, !JournalRecord.begins(Array(line)) else {
                    throw JournalError.damaged(file: name, record: index + 1, reason: error.reason)
                }
                if damagedEnd == .dropped || canBeTorn(line) { break }
                throw JournalError.damagedEnd(
                    file: name, record: index + 1, after: contents.records.last?.entry.sentence)
            }
        }
        if let rest = lines.last, JournalRecord.begins(Array(rest)), damagedEnd == .refused {
            throw JournalError.damagedEnd(
                file: name, record: lines.count, after: contents.records.last?.entry.sentence)
        }
        return contents
    }

    /// Whether a crash can have left a line that ends as lines do: its bytes come to the disk page by page, in any order,
    /// and a page that did not come reads as zeros. Nothing tears what lies within one page.
    ///
    /// - Parameter line: a slice of the file.
    private static func canBeTorn(_ line: ArraySlice<UInt8>) -> Bool {
        line.contains(0) || line.startIndex / smallestPage != line.endIndex / smallestPage
    }

    private static let smallestPage = 4_096
}

extension JournalContents {
    /// Checks the format that the first record names.
    fileprivate mutating func note(_ record: JournalRecord, in name: String) {
        guard case .started(let started) = record.entry, let format = started.format,
            format > RunStarted.currentFormat
        else { return }
        newer = NewerFormat(
            "the journal \(name) has format \(format)", known: "formats up to \(RunStarted.currentFormat)",
            named: [started.runnerVersion])
    }

    fileprivate mutating func noteUnknown(_ number: Int, in name: String) {
        guard newer == nil else { return }
        var runner: String?
        if case .started(let started)? = records.first?.entry { runner = started.runnerVersion }
        newer = NewerFormat(
            "record \(number) of the journal \(name) is whole and of no kind that this runner can read",
            known: "journals up to format \(RunStarted.currentFormat)", named: [runner])
    }
}

/// A journal from which a run cannot continue.
public enum JournalError: DescribedError {
    case damaged(file: String, record: Int, reason: String)
    /// The last record is bad, and no crash can have left it so.
    ///
    /// - Parameter after: what the record before it says.
    case damagedEnd(file: String, record: Int, after: String?)
    case empty(file: String)

    public var code: String {
        switch self {
        case .damaged, .damagedEnd: "journal-damaged"
        case .empty: "journal-empty"
        }
    }

    public var message: String {
        switch self {
        case .damaged(let file, let record, let reason):
            "record \(record) of the journal \(file) is damaged (\(reason)), so nothing after it can be trusted"
        case .damagedEnd(let file, let record, let after):
            "record \(record) of the journal \(file), the last one, is damaged, and no crash can have left it so; "
                + (after.map { "the record before it says that \($0)" } ?? "there is none before it")
        case .empty(let file):
            "the journal \(file) has no record: the run ended before its first step, and changed nothing"
        }
    }

    public var help: String? {
        switch self {
        case .damagedEnd:
            "check what visitors have, then type `\(ProgramName.current) recover --drop-last`, which continues as if that record "
                + "had never been written"
        case .damaged: "check the store yourself, and move the folder of this run away"
        case .empty: "run the pipeline again; the folder of this run can be deleted"
        }
    }
}
