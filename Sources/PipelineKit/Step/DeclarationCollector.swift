/// Collects the options that a `StepOptions` struct declares, in their order.
///
/// It is fed to the synthesized `init(from:)`, which knows the type of every property. To ask the property itself whether
/// it is an option makes the language's runtime look through every conformance of the program, for each type anew: that
/// took longer than all the rest of reading a file.
final class DeclarationCollector: Decoder {
    private let values: [String: Any]
    private(set) var found: [(name: String, option: any DeclaredOption)] = []

    /// - Parameter values: the properties of an instance made by `init()`, by the options' names.
    init(_ values: [String: Any]) {
        self.values = values
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(collector: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw OnlyOptions() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw OnlyOptions() }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let collector: DeclarationCollector

        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }
        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) throws -> Bool { false }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try T(from: DeclarationDecoder(name: kebabCase(key.stringValue), collector: collector))
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw OnlyOptions() }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw OnlyOptions() }
        func superDecoder() throws -> any Decoder { throw OnlyOptions() }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw OnlyOptions() }
    }

    fileprivate func declaration<Content: OptionValue>(named name: String) throws -> Option<Content> {
        guard let option = values[name] as? Option<Content> else { throw OnlyOptions() }
        found.append((name, option))
        return option
    }
}

/// Brings one option to the collector.
struct DeclarationDecoder: Decoder {
    let name: String
    fileprivate let collector: DeclarationCollector

    func declaration<Content: OptionValue>() throws -> Option<Content> { try collector.declaration(named: name) }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> { throw OnlyOptions() }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw OnlyOptions() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw OnlyOptions() }
}
