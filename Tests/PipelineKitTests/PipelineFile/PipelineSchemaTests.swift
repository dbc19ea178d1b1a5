import FoundationEssentials
import PipelineKit
import Testing

@Suite struct PipelineSchemaTests {
    private func schema() throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(PipelineSchema.json(FileKinds.registry).utf8))
    }

    @Test func everyKindHasItsOptions() throws {
        let step = try schema()["definitions"]["step"]
        let uses = step["properties"]["uses"]
        #expect(uses["enum"] == .list(FileKinds.registry.names.map { .text($0) }))
        let summaries = FileKinds.registry.names.compactMap { FileKinds.registry[$0]?.summary }
        #expect(uses["markdownEnumDescriptions"] == .list(summaries.map { .text($0) }))
        guard case .list(let branches) = step["allOf"] else { return #expect(Bool(false), "no allOf") }
        #expect(branches.count == FileKinds.registry.names.count)
        let gzip = try #require(branches.first { $0["if"]["properties"]["uses"]["const"] == "gzip" })
        // Without it, a step that has no `uses` would have to meet the conditions of every kind.
        #expect(gzip["if"]["required"] == ["uses"])
        #expect(gzip["then"]["properties"]["with"]["allOf"] == [["$ref": "#/definitions/options-of-gzip"]])
        let options = try schema()["definitions"]["options-of-gzip"]
        #expect(options["additionalProperties"] == false)
        #expect(options["errorMessage"] == "`gzip` has the options `assets`, `level`, `min-size`, `source`")
        #expect(options["required"] == .null)
        guard case .object(let properties) = options["properties"] else { return #expect(Bool(false), "no options") }
        #expect(properties.keys.sorted() == ["assets", "level", "min-size", "source"])
        #expect(properties["level"]?["default"] == 9)
    }

    @Test func theTopKnowsTheKeysThatTheReaderKnows() throws {
        guard case .object(let properties) = try schema()["properties"] else { return #expect(Bool(false), "none") }
        // The reader names all of its keys when it meets one that is like none of them.
        let help = try #require(FileRead.steps("- uses: log", "qqqqqqqqqq: 1\n").problems.first?.help)
        #expect("available: " + properties.keys.sorted().joined(separator: ", ") == help)
        let step = try schema()["definitions"]["step"]
        guard case .object(let keys) = step["properties"] else { return #expect(Bool(false), "none") }
        let stepHelp = try #require(FileRead.steps("- uses: log\n  qqqqqqqqqq: 1").problems.first?.help)
        #expect("available: " + keys.keys.sorted().joined(separator: ", ") == stepHelp)
    }
}

extension Value {
    fileprivate subscript(key: String) -> Value {
        if case .object(let fields) = self { fields[key] ?? .null } else { .null }
    }
}
