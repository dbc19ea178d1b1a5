/// One value of a pipeline file, still untyped: options decode themselves from it by the type they expect.
public struct Node: Hashable, Sendable {
    public var content: Content
    public var mark: SourceMark
    /// Why the expression that the file has here gave no value. Nil if there is one, or none was written.
    var absence: Absence?
    /// The input that the value comes from, with nothing around it.
    var input: String?

    public init(_ content: Content, at mark: SourceMark) {
        self.content = content
        self.mark = mark
    }

    public indirect enum Content: Hashable, Sendable {
        /// The text as written. `plain` is false for quoted and block scalars, which are text and nothing else.
        case scalar(String, plain: Bool)
        case sequence([Node])
        /// In the order of the file; keys are unique.
        case mapping([Field])
        /// An expression whose value is known only once the run has reached it; its type is known if its source is.
        case deferred(expression: String, type: ValueType?)
        /// An expression whose value is null. Decoding treats it as an option that was left out.
        case null
    }

    public struct Field: Hashable, Sendable {
        public var key: String
        public var keyMark: SourceMark
        public var value: Node

        public init(key: String, keyMark: SourceMark, value: Node) {
            self.key = key
            self.keyMark = keyMark
            self.value = value
        }
    }

    /// The fields, if this is a mapping.
    public var fields: [Field]? {
        if case .mapping(let fields) = content { fields } else { nil }
    }

    public subscript(key: String) -> Node? {
        fields?.first { $0.key == key }?.value
    }

    /// Makes a node of a value that a run computed, at the place of its expression.
    public init(_ value: Value, at mark: SourceMark) {
        self.mark = mark
        content =
            switch value {
            case .null: .null
            case .bool(let bool): .scalar(bool ? "true" : "false", plain: true)
            case .integer(let integer): .scalar(String(integer), plain: true)
            case .number(let number): .scalar(String(number), plain: true)
            case .text(let text): .scalar(text, plain: false)
            case .list(let values): .sequence(values.map { Node($0, at: mark) })
            case .object(let fields):
                .mapping(
                    fields.sorted { $0.key < $1.key }
                        .map { Field(key: $0.key, keyMark: mark, value: Node($0.value, at: mark)) })
            }
    }

    /// The word for it in a message: "text", "a list", "a mapping".
    public var describedKind: String {
        switch content {
        case .scalar("", plain: true): "nothing"
        case .scalar: "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .deferred: "an expression"
        case .null: "null"
        }
    }
}
