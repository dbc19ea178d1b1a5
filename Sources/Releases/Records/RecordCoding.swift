internal import FoundationEssentials
internal import PipelineKit

extension ReleaseStore {
    func decode<Content: Decodable>(_ type: Content.Type, from record: StoreRecord) async throws -> Content? {
        guard let bytes = try await read(record) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StepError(
                "bad-record", "the record \(record) of \(resource) cannot be read: \(error)",
                help: "look at the file, and restore or delete it")
        }
    }

    func encode(_ content: some Encodable, to record: StoreRecord) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try await write(Array(encoder.encode(content)) + [0x0A], to: record)
    }
}
