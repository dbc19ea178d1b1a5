internal import Synchronization

/// Collects the declared options or outputs of an instance, in their order.
///
/// It is passed to the synthesized `encode(to:)`, which knows every property with its type. Reflection would have to
/// test whether each property is one of them, and for each type the language's runtime would then search every
/// conformance of the program: that took longer than all the rest of reading a file.
final class PropertyCollector<Property>: Encoder {
    /// The properties found so far; names are in kebab-case.
    private(set) var found: [(name: String, property: Property)] = []
    private var name = ""

    static func properties(of instance: some Encodable) -> [(name: String, property: Property)] {
        let collector = PropertyCollector()
        try? instance.encode(to: collector)
        return collector.found
    }

    /// Called by a property of the right kind when it is told to encode itself.
    func add(_ property: Property) {
        found.append((name, property))
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Keyed<Key>(collector: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { Others(collector: self) }
    func singleValueContainer() -> any SingleValueEncodingContainer { Others(collector: self) }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let collector: PropertyCollector

        var codingPath: [any CodingKey] { [] }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            collector.name = kebabCase(key.stringValue)
            try value.encode(to: collector)
        }

        func encodeNil(forKey key: Key) {}
        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> { collector.container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { collector.unkeyedContainer() }
        func superEncoder() -> any Encoder { collector }
        func superEncoder(forKey key: Key) -> any Encoder { collector }
    }

    /// Accepts the properties that are not declared ones, and ignores them.
    private struct Others: SingleValueEncodingContainer, UnkeyedEncodingContainer {
        let collector: PropertyCollector

        var codingPath: [any CodingKey] { [] }
        var count: Int { 0 }

        func encode<Value: Encodable>(_ value: Value) {}
        func encodeNil() {}
        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            collector.container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
        func superEncoder() -> any Encoder { collector }
    }
}

extension Option: Encodable where Content: OptionValue {
    /// Serves only the collector: `described` writes options out.
    public func encode(to encoder: any Encoder) throws {
        (encoder as? PropertyCollector<any DeclaredOption>)?.add(self)
    }
}

extension Provided: Encodable where Content: OutputValue {
    /// Serves only the collector: `values` passes outputs on.
    public func encode(to encoder: any Encoder) throws {
        (encoder as? PropertyCollector<any DeclaredOutput>)?.add(self)
    }
}

/// Keeps what each type declares, so that it is collected only once: a pipeline of a thousand steps asks thousands of
/// times.
final class DeclarationCache<Declarations: Sendable>: Sendable {
    private let known = Mutex<[ObjectIdentifier: Declarations]>([:])

    func declarations(of type: Any.Type, _ reflect: () -> Declarations) -> Declarations {
        let key = ObjectIdentifier(type)
        if let declarations = known.withLock({ $0[key] }) { return declarations }
        let declarations = reflect()
        known.withLock { $0[key] = declarations }
        return declarations
    }
}
