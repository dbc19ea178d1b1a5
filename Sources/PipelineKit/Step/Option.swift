/// Declares one option of a step: its name (the property's, in kebab-case), type, default, help and check, in one
/// place.
///
///     struct Options: StepOptions {
///         @Option("the store to prune") var store: String                     // required
///         @Option("releases to keep", check: .atLeast(1)) var keep = 10
///         @Option("the asset list", wired: true) var assets: String?          // optional, taken from an earlier output
///     }
///
/// `Content` must be an `OptionValue`. Only the initializers require it, not the type: otherwise the language's runtime
/// would search every conformance of the program for each type of option, at the start of each command.
///
/// The file is long because what a kind may write behind `@Option` is in one place: the initializers, and the checks.
@propertyWrapper
public struct Option<Content: Sendable>: Sendable {
    enum State: Sendable {
        /// The file does not give it: the declared default; nil if the option is required.
        case declared(Content?)
        case read(Content)
        /// Given by an expression whose value is not known yet.
        case deferred
        /// Given, and wrong; the problem has been noted.
        case failed
    }

    let help: String
    let wired: Bool
    let unless: String?
    let isLiteral: Bool
    let isExposed: Bool
    let retired: String?
    let check: OptionCheck<Content>?
    private(set) var state: State
    private(set) var mark: SourceMark?
    /// False if the value has an option inside it whose value is not known yet.
    private(set) var isWhole = true

    fileprivate init(
        _ help: String, wired: Bool, unless: String?, literal: Bool, exposed: Bool, retired: String?,
        check: OptionCheck<Content>?, state: State
    ) {
        self.retired = retired
        self.help = help
        self.wired = wired
        self.unless = unless
        self.isLiteral = literal
        self.isExposed = exposed
        self.check = check
        self.state = state
    }

    public var wrappedValue: Content {
        get {
            guard let value = known else { preconditionFailure("option read before it was decoded: \(help)") }
            return value
        }
        set { (state, isWhole) = (.read(newValue), true) }
    }

    public var projectedValue: Self { self }

    /// The value, or nil while it is not known: during the check of a file it may depend on an earlier step.
    public var known: Content? {
        switch state {
        case .read(let value): value
        case .declared(let value): value
        case .deferred, .failed: nil
        }
    }

    /// True if the file (or a wire) sets it, whether its value is known or not.
    public var isGiven: Bool {
        if case .declared = state { false } else { true }
    }

    /// True if the file gives it by an expression whose value is not known yet. One that is wrong is not deferred.
    public var isDeferred: Bool {
        if case .deferred = state { true } else { false }
    }

    /// Where the file sets it.
    public var place: SourceMark? { mark }
}

extension Option where Content: OptionValue {
    /// Takes the option's value from a file.
    ///
    /// - Parameters:
    ///   - field: what the file gives; nil if it leaves the option out.
    ///   - mark: the place of the mapping, where a missing option is reported.
    mutating func read(_ field: Node.Field?, named name: String, _ problems: ProblemList, at mark: SourceMark) {
        guard let field, field.value.content != .null else {
            if case .declared(nil) = state {
                if let value = field?.value, let absence = value.absence {
                    problems.add(
                        "`\(name)` has no value: \(absence.reason)", at: value.mark, help: absence.help,
                        code: absence.code)
                } else {
                    problems.add(
                        "`\(name)` is missing: \(help)", at: mark,
                        help: "add `\(name): …` (\(Content.shape.name))"
                            + (wired ? ", or put a step with an output `\(name)` before this one" : ""))
                }
                state = .failed
            }
            return
        }
        // A wire has no place of its own: the file does not give the option there.
        if let retired, field.keyMark != field.value.mark {
            problems.warn(
                "`\(name)` is deprecated: the next minor version of runner removes it", at: field.keyMark,
                help: retired)
        }
        self.mark = field.value.mark
        isWhole = !field.value.hasDeferred
        let before = problems.errorCount
        if let value = Content.decode(field.value, problems) {
            state = .read(value)
            if let problem = check?.problem(value) {
                problems.add("`\(name)` \(problem)", at: field.value.mark)
            }
        } else {
            state = problems.errorCount == before ? .deferred : .failed
        }
    }

    /// A required option.
    ///
    /// - Parameters:
    ///   - wired: if the file leaves it out, it is taken from the nearest earlier output of the same name.
    ///   - unless: an option that replaces it: if the step gives that one, nothing is wired.
    ///   - literal: the file must spell it out. An expression in it is refused, because its value could be a command.
    ///   - exposed: the value becomes an argument of a program, which every user of the machine can see: a secret in it is
    ///     refused.
    ///   - retired: what to write instead, as a clause such as "write `keep`". For one minor version a file that gives
    ///     the option gets a warning with this text; the next one removes the option.
    public init(
        _ help: String, wired: Bool = false, unless: String? = nil, literal: Bool = false,
        exposed: Bool = false, retired: String? = nil, check: OptionCheck<Content>? = nil
    ) {
        self.init(
            help, wired: wired, unless: unless, literal: literal, exposed: exposed, retired: retired, check: check,
            state: .declared(nil))
    }

    /// An option that may be left out.
    public init(
        _ help: String, wired: Bool = false, unless: String? = nil, literal: Bool = false,
        exposed: Bool = false, retired: String? = nil, check: OptionCheck<Content>? = nil
    )
    where Content: ExpressibleByNilLiteral {
        self.init(
            help, wired: wired, unless: unless, literal: literal, exposed: exposed, retired: retired, check: check,
            state: .declared(.some(nil)))
    }

    /// An option with a default.
    public init(
        wrappedValue: Content, _ help: String, wired: Bool = false, unless: String? = nil, literal: Bool = false,
        exposed: Bool = false, retired: String? = nil, check: OptionCheck<Content>? = nil
    ) {
        self.init(
            help, wired: wired, unless: unless, literal: literal, exposed: exposed, retired: retired, check: check,
            state: .declared(wrappedValue))
    }
}

/// A condition on an option's value, with the message for a value that does not meet it.
public struct OptionCheck<Content>: Sendable {
    /// Completes "`keep` …": "must be at least 1". Nil if the value is good.
    let problem: @Sendable (Content) -> String?
    /// What JSON Schema can say of it, such as `minimum`.
    private(set) var schema: [String: Value]

    /// - Parameter schema: the keywords of JSON Schema (draft-07) that refuse a part of what `problem` refuses, and
    ///   nothing else. They must not be among those of the option's shape.
    public init(schema: [String: Value] = [:], _ problem: @escaping @Sendable (Content) -> String?) {
        self.schema = schema
        self.problem = problem
    }
}

extension OptionCheck where Content: Comparable & OptionValue {
    public static func atLeast(_ minimum: Content) -> Self {
        let least = minimum.described.asText
        var check = Self { $0 < minimum ? "must be at least \(least), not \($0.described.asText)" : nil }
        check.bound("minimum", minimum)
        return check
    }

    public static func within(_ range: ClosedRange<Content>) -> Self {
        let (low, high) = (range.lowerBound.described.asText, range.upperBound.described.asText)
        var check = Self { range.contains($0) ? nil : "must be from \(low) to \(high), not \($0.described.asText)" }
        check.bound("minimum", range.lowerBound)
        check.bound("maximum", range.upperBound)
        return check
    }

    private mutating func bound(_ keyword: String, _ value: Content) {
        switch value.described {
        case .integer, .number: schema[keyword] = value.described
        default: break
        }
    }
}

extension OptionCheck where Content: Collection & SendableMetatype {
    public static var notEmpty: Self {
        Self(schema: ["minLength": 1, "minItems": 1]) { $0.isEmpty ? "must not be empty" : nil }
    }
}

/// The declaration of an option, without its type.
protocol DeclaredOption: Sendable {
    func field(named name: String) -> OptionField
    mutating func read(_ field: Node.Field?, named name: String, _ problems: ProblemList, at mark: SourceMark)
    /// The value, given or by default, if it is known with everything in it.
    var knownValue: Value? { get }
    /// The value, if the file gives one and it is known.
    var givenValue: Value? { get }
}

extension Option: DeclaredOption where Content: OptionValue {
    func field(named name: String) -> OptionField {
        var field = OptionField(
            name: name, help: help, shape: Content.shape, isRequired: true, isWired: wired,
            wiredUnless: unless, isLiteral: isLiteral, isExposed: isExposed, retired: retired, defaultValue: nil,
            declaration: self)
        if let keywords = check?.schema, case .object(let schema) = field.shape.schema {
            field.shape.schema = .object(schema.merging(keywords) { $1 })
        }
        if case .declared(let value) = state, let value {
            field.isRequired = false
            let described = value.described
            field.defaultValue = described == .null ? nil : described
        }
        return field
    }

    var knownValue: Value? { isWhole ? known?.described : nil }
    var givenValue: Value? { isGiven ? known?.described : nil }
}

/// One option, as the documentation, the schema and the file reader see it.
public struct OptionField: Sendable {
    public var name: String
    public var help: String
    public var shape: OptionShape
    /// True if the file must give it, unless it is wired and an earlier step has it.
    public var isRequired: Bool
    /// True if it is taken from the nearest earlier output of the same name when the file leaves it out.
    public var isWired: Bool
    /// The option that replaces a wired one.
    public var wiredUnless: String?
    /// True if it refuses expressions, because the value of one could be a command.
    public var isLiteral: Bool
    /// True if it refuses secrets, because every user of the machine can see its value.
    public var isExposed: Bool
    /// What to write instead of an option that the next minor version removes.
    public var retired: String?
    public var defaultValue: Value?
    fileprivate let declaration: any DeclaredOption

    /// The option, followed by the options inside it, each named by its path: `headers[].match`.
    public var withInner: [OptionField] {
        [self]
            + shape.fields.flatMap(\.withInner).map { field in
                var field = field
                field.name = name + (shape.isList ? "[]." : ".") + field.name
                return field
            }
    }
}

extension OptionField {
    /// Declares an option of a kind that is made from data.
    ///
    /// - Parameter option: what `@Option` says of a property, for example `Option<Int>(wrappedValue: 3, "tries")`.
    public init<Content: OptionValue>(_ name: String, _ option: Option<Content>) {
        self = option.field(named: name)
    }
}

extension [OptionField] {
    /// Reads options that are declared by data, as `StepOptions.read` does those of a type.
    ///
    /// - Returns: the known values by name, as `described` has them; nil if there was a problem.
    func read(_ node: Node, _ problems: ProblemList) -> [String: Value]? {
        guard let given = node.optionFields(among: map(\.name), problems) else { return nil }
        let before = problems.errorCount
        var values: [String: Value] = [:]
        for field in self {
            var option = field.declaration
            option.read(given.first { $0.key == field.name }, named: field.name, problems, at: node.mark)
            values[field.name] = option.knownValue
        }
        return problems.errorCount == before ? values : nil
    }
}

extension Node {
    /// Returns the fields of a mapping of options, and reports those that have none of the names. One that is most
    /// likely misspelt is returned under the name that it means.
    ///
    /// - Returns: nil if the node is something else; that is reported.
    func optionFields(among names: [String], _ problems: ProblemList) -> [Field]? {
        guard let fields else {
            OptionShape.mapping([]).refuse(self, problems)
            return nil
        }
        for field in fields where !names.contains(field.key) {
            problems.add(
                "unknown option `\(field.key)`", at: field.keyMark, help: Suggestion.help(for: field.key, among: names))
        }
        return KeySpelling(fields, among: names).corrected(fields)
    }
}
