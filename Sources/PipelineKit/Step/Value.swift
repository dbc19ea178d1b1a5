internal import TextCoding

/// A value that inputs, outputs and expressions carry; the same cases as JSON.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Value])
    case object([String: Value])

    public var type: ValueType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer: .integer
        case .number: .number
        case .text: .text
        case .list: .list
        case .object: .object
        }
    }

    /// The value as part of a longer text: null is empty, lists and objects are JSON.
    public var asText: String {
        switch self {
        case .null: ""
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .text(let text): text
        case .list, .object: json
        }
    }

    /// Returns the value with its texts transformed, but not the keys.
    public func mapTexts(_ transform: (String) -> String) -> Value {
        switch self {
        case .text(let text): .text(transform(text))
        case .list(let values): .list(values.map { $0.mapTexts(transform) })
        case .object(let fields): .object(fields.mapValues { $0.mapTexts(transform) })
        case .null, .bool, .integer, .number: self
        }
    }

    /// The value as one line of JSON; object keys are sorted.
    public var json: String {
        var out: [UInt8] = []
        write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends the value's JSON.
    func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool, .integer: out += asText.utf8
        case .number(let number): out += (number.isFinite ? String(number) : "null").utf8
        case .text(let text): JSONText.append(text, to: &out)
        case .list(let values):
            out.append(0x5B)
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(0x2C) }
                value.write(to: &out)
            }
            out.append(0x5D)
        case .object(let fields):
            out.append(0x7B)
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.append(0x2C) }
                JSONText.append(field.key, to: &out)
                out.append(0x3A)
                field.value.write(to: &out)
            }
            out.append(0x7D)
        }
    }
}

public enum ValueType: String, Hashable, Sendable, Codable {
    case null, bool, integer, number, text, list, object
}

extension Value: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? container.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([Value].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: Value].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let bool): try container.encode(bool)
        case .integer(let integer): try container.encode(integer)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral text: String) { self = .text(text) }
    public init(integerLiteral integer: Int) { self = .integer(integer) }
    public init(booleanLiteral bool: Bool) { self = .bool(bool) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
