/// An input that the file declares, with the value it has in this run.
public struct PipelineInput: Hashable, Sendable {
    public enum Kind: String, Sendable, OptionChoice {
        case string, integer, boolean, number
    }

    public var name: String
    public var kind: Kind
    /// The only values allowed; empty allows all.
    public var choices: [Value]
    public var defaultValue: Value?
    /// The environment variable that sets it.
    public var variable: String?
    public var help: String?
    /// The value; null only if nothing sets it, which is reported as a problem.
    public var value: Value
    /// True if the command line or the environment gives the value, not the file.
    public var isGiven = false

    public init(
        name: String, kind: Kind = .string, choices: [Value] = [], defaultValue: Value? = nil,
        variable: String? = nil, help: String? = nil, value: Value = .null
    ) {
        self.name = name
        self.kind = kind
        self.choices = choices
        self.defaultValue = defaultValue
        self.variable = variable
        self.help = help
        self.value = value
    }
}

/// One of the file's `vars`.
public struct PipelineVariable: Hashable, Sendable {
    public var name: String
    /// A scalar, or deferred if it has an expression.
    public var value: Node

    public init(name: String, value: Node) {
        self.name = name
        self.value = value
    }
}
