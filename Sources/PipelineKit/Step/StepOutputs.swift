/// The outputs that a step passes to later ones: a struct whose properties are all `@Provided`.
public protocol StepOutputs: Sendable, Encodable {
    init()

    /// The name, type and meaning of each output.
    static var fields: [OutputField] { get }

    /// The values by name.
    var values: [String: Value] { get }
}

/// One output, as the file's check and the documentation see it.
public struct OutputField: Hashable, Sendable {
    public var name: String
    public var type: ValueType
    public var help: String

    public init(name: String, type: ValueType, help: String) {
        self.name = name
        self.type = type
        self.help = help
    }
}

extension StepOutputs {
    public static var fields: [OutputField] {
        outputFields.declarations(of: Self.self) {
            PropertyCollector<any DeclaredOutput>.properties(of: Self()).map { name, output in
                OutputField(name: name, type: output.type, help: output.help)
            }
        }
    }

    public var values: [String: Value] {
        let values = PropertyCollector<any DeclaredOutput>.properties(of: self).map { ($0.name, $0.property.value) }
        return Dictionary(values) { first, _ in first }
    }
}

private let outputFields = DeclarationCache<[OutputField]>()

/// Declares one output: its name (the property's, in kebab-case), type and help.
///
///     struct Output: StepOutputs {
///         @Provided("the release's version") var version = ""
///     }
@propertyWrapper
public struct Provided<Content: Sendable>: Sendable {
    public var wrappedValue: Content
    let help: String
}

// As with `Option`, the type itself does not require `OutputValue`.
extension Provided where Content: OutputValue {
    public init(wrappedValue: Content, _ help: String) {
        self.wrappedValue = wrappedValue
        self.help = help
    }
}

/// A type that an output can have.
public protocol OutputValue: Sendable {
    static var outputType: ValueType { get }
    var outputValue: Value { get }
}

extension String: OutputValue {
    public static var outputType: ValueType { .text }
    public var outputValue: Value { .text(self) }
}

extension Bool: OutputValue {
    public static var outputType: ValueType { .bool }
    public var outputValue: Value { .bool(self) }
}

extension Int: OutputValue {
    public static var outputType: ValueType { .integer }
    public var outputValue: Value { .integer(self) }
}

extension Optional: OutputValue where Wrapped: OutputValue {
    public static var outputType: ValueType { Wrapped.outputType }
    public var outputValue: Value { self?.outputValue ?? .null }
}

extension Array: OutputValue where Element: OutputValue {
    public static var outputType: ValueType { .list }
    public var outputValue: Value { .list(map(\.outputValue)) }
}

protocol DeclaredOutput {
    var type: ValueType { get }
    var help: String { get }
    var value: Value { get }
}

extension Provided: DeclaredOutput where Content: OutputValue {
    var type: ValueType { Content.outputType }
    var value: Value { wrappedValue.outputValue }
}

/// The outputs of a kind that has none.
public struct NoOutputs: StepOutputs {
    public init() {}
}
