internal import FoundationEssentials
internal import PipelineKit

extension ReleaseStore {
    func decode<Content: Decodable>(_ type: Content.Type, from record: StoreRecord) async throws -> Content? {
        try await read(record).map { try decode(type, $0, of: record) }
    }

    private func decode<Content: Decodable>(
        _ type: Content.Type, _ bytes: [UInt8], of record: StoreRecord
    ) throws -> Content {
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

    /// - Returns: what is there already, which stays; nil where the record was written.
    func create<Content: Codable>(_ content: Content, as record: StoreRecord) async throws -> Content? {
        try await create(Self.bytes(of: content), as: record).map { try decode(Content.self, $0, of: record) }
    }

    private static func bytes(of content: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(content)) + [0x0A]
    }
}
