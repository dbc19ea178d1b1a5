/// Feeds the fields of a mapping to the synthesized `init(from:)` of a `StepOptions` struct.
///
/// The synthesized code serves one purpose: it reaches every property with its type. The help, default and check of a
/// property come from an instance made by `init()`.
struct OptionsDecoder: Decoder {
    let fields: [Node.Field]
    let declared: [String: any DeclaredOption]
    let problems: ProblemList
    let mark: SourceMark

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw OnlyOptions() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw OnlyOptions() }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: OptionsDecoder

        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }
        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) throws -> Bool { false }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            let name = kebabCase(key.stringValue)
            guard let declared = decoder.declared[name] else { throw OnlyOptions() }
            let field = decoder.fields.first { $0.key == name }
            return try T(
                from: OptionFieldDecoder(
                    name: name, field: field, declared: declared, problems: decoder.problems, mark: decoder.mark))
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw OnlyOptions() }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw OnlyOptions() }
        func superDecoder() throws -> any Decoder { throw OnlyOptions() }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw OnlyOptions() }
    }
}

/// A property of a `StepOptions` struct that is not an `@Option`.
struct OnlyOptions: Error {}

/// Carries one field to `Option.init(from:)`.
struct OptionFieldDecoder: Decoder {
    let name: String
    let field: Node.Field?
    let declared: any DeclaredOption
    let problems: ProblemList
    /// The place of the mapping, where a missing option is reported.
    let mark: SourceMark

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> { throw OnlyOptions() }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw OnlyOptions() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw OnlyOptions() }
}

extension Option: Decodable where Content: OptionValue {
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? OptionFieldDecoder, let declared = decoder.declared as? Self else {
            throw OnlyOptions()
        }
        self = declared
        read(decoder.field, named: decoder.name, decoder.problems, at: decoder.mark)
    }
}
