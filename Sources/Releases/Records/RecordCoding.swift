internal import FoundationEssentials
internal import PipelineKit

/// A record that is one JSON document. Keys that a runner does not know are ignored. A higher number of its format
/// means that the record must not be built upon.
protocol FormattedRecord: Codable, Sendable {
    /// The format that this runner writes, and the newest that it reads.
    static var currentFormat: Int { get }
}

/// What a record of any format says about itself.
private struct RecordForm: Decodable {
    /// Records without it have format 1.
    var format: Int?
    /// The version of the runner that can read it, if a record of a newer format gives it.
    var runner: String?
}

extension ReleaseStore {
    func decode<Content: FormattedRecord>(_ type: Content.Type, from record: StoreRecord) async throws -> Content? {
        guard let bytes = try await read(record) else { return nil }
        return try await decode(type, bytes, of: record)
    }

    /// - Throws: `NewerFormat`; `StepError` `bad-record`.
    func decode<Content: FormattedRecord>(
        _ type: Content.Type, _ bytes: [UInt8], of record: StoreRecord
    ) async throws -> Content {
        if record != .format, let form = try? JSONDecoder().decode(RecordForm.self, from: Data(bytes)),
            let format = form.format,
            format > type.currentFormat
        {
            // A runner that writes such a record says in the store's own record which runners may write.
            let store = try? await writtenFormat()
            throw NewerFormat(
                "the record \(location(of: record)) has format \(format)",
                known: "formats up to \(type.currentFormat)",
                named: [form.runner, store?.oldestRunner])
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StepError(
                "bad-record", "the record \(record) of \(resource) cannot be read: \(error)",
                help: "look at the file, and restore or delete it")
        }
    }

    func encode(_ content: some Encodable, to record: StoreRecord) async throws {
        try await write(Self.bytes(of: content), to: record)
    }

    /// - Returns: the record that is there already, which stays; nil if this one was written.
    func create<Content: FormattedRecord>(_ content: Content, as record: StoreRecord) async throws -> Content? {
        guard let there = try await create(Self.bytes(of: content), as: record) else { return nil }
        return try await decode(Content.self, there, of: record)
    }

    static func bytes(of content: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(content)) + [0x0A]
    }
}
