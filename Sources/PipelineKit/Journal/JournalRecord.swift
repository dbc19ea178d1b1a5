internal import FoundationEssentials
internal import TextCoding

/// One line of a journal: a JSON object whose last field is the CRC-32 of everything before it.
public struct JournalRecord: Hashable, Sendable {
    /// The record's number; the first record of a journal has 1.
    public var sequence: Int
    /// The time of writing, ISO 8601 in UTC with milliseconds.
    public var time: String
    public var entry: JournalEntry
    /// The id of its run, in the copy that a store keeps; nil in the run's own folder, and in copies of older runners.
    public var run: String?

    public init(sequence: Int, time: String, entry: JournalEntry, run: String? = nil) {
        self.sequence = sequence
        self.time = time
        self.entry = entry
        self.run = run
    }

    /// Returns the line, with its end.
    public func encoded() -> [UInt8] {
        var line = Array("{\"sequence\":\(sequence),\"time\":\"\(time)\",".utf8)
        if let run {
            line += Array("\"run\":".utf8)
            Value.text(run).write(to: &line)
            line += Array(",".utf8)
        }
        line += Array("\"kind\":\"\(entry.kind)\",\"data\":".utf8)
        entry.write(to: &line)
        let checksum = withUnsafeBytes(of: CRC32.checksum(line).bigEndian) { Hexadecimal.encode(Array($0)) }
        line += Array(",\"crc\":\"\(checksum)\"}\n".utf8)
        return line
    }

    /// - Parameter line: the line without its end.
    /// - Throws: `Damaged` if the line is not what was written; `Unknown` if it is intact and this runner cannot read
    ///   it.
    public init(decoding line: [UInt8]) throws {
        let tail = line.suffix(Self.tailLength)
        let body = line.dropLast(Self.tailLength)
        guard tail.starts(with: Array(",\"crc\":\"".utf8)), tail.suffix(2).elementsEqual("\"}".utf8),
            let checksum = UInt32(String(decoding: tail.dropFirst(8).prefix(8), as: UTF8.self), radix: 16),
            checksum == CRC32.checksum(body)
        else { throw Damaged(reason: "its checksum does not match", isTorn: true) }
        do {
            let fields = try JSONDecoder().decode(Fields.self, from: Data(line))
            (sequence, time, entry, run) = (fields.sequence, fields.time, fields.entry, fields.run)
            if case .prepared(var record) = entry {
                let data = JSONText.member("data", ofObject: line[...])
                record.before = data.flatMap { JSONText.member("before", ofObject: $0) }.map { Array($0) }
                entry = .prepared(record)
            }
        } catch {
            throw Unknown()
        }
    }

    /// True if the line starts with a whole record: then what follows it is not a torn write of that record.
    static func begins(_ line: [UInt8]) -> Bool {
        let mark = Array(",\"crc\":\"".utf8)
        return line.indices.contains { start in
            let end = start + tailLength
            return end < line.count && line[start...].starts(with: mark)
                && (try? JournalRecord(decoding: Array(line[..<end]))) != nil
        }
    }

    /// The length of `,"crc":"01234567"}`.
    private static let tailLength = 18

    struct Damaged: Error {
        var reason: String
        /// True if a write that was cut short can have left it.
        var isTorn = false
    }

    /// The fields of a `prepared` record, without the state from before.
    private struct PreparedFields: Decodable {
        var step: String
        var effect: Effect
        var attachment: StepPrepared.Attachment?

        var record: StepPrepared { StepPrepared(step: step, effect: effect, before: nil, attachment: attachment) }
    }

    /// A whole record that a newer runner has written.
    struct Unknown: Error {}

    private struct Fields: Decodable {
        var sequence: Int
        var time: String
        var entry: JournalEntry
        var run: String?

        private enum Key: String, CodingKey { case sequence, time, run, kind, data }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            sequence = try container.decode(Int.self, forKey: .sequence)
            time = try container.decode(String.self, forKey: .time)
            run = try container.decodeIfPresent(String.self, forKey: .run)
            entry =
                switch try container.decode(String.self, forKey: .kind) {
                case "started": .started(try container.decode(RunStarted.self, forKey: .data))
                case "leased": .leased(try container.decode(LeaseTaken.self, forKey: .data))
                case "prepared": .prepared(try container.decode(PreparedFields.self, forKey: .data).record)
                case "finished": .finished(try container.decode(StepFinished.self, forKey: .data))
                case "unfinished": .unfinished(try container.decode(StepUnfinished.self, forKey: .data))
                case "failed": .failed(try container.decode(RunFailed.self, forKey: .data))
                case "rolled-back": .rolledBack(try container.decode(StepRolledBack.self, forKey: .data))
                case "rollback-failed": .rollbackFailed(try container.decode(StepRollbackFailed.self, forKey: .data))
                case "ended": .ended(try container.decode(RunEnded.self, forKey: .data))
                default: throw Unknown()
                }
        }
    }
}

/// The CRC-32 of IEEE 802.3, which zlib and gzip use too: it finds a torn or damaged record.
enum CRC32 {
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
        }
        return ~crc
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
}
