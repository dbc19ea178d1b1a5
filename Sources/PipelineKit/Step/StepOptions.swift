internal import TextCoding

/// The options of a step, or a group of options inside them: a struct whose properties are all `@Option`.
///
/// Decoding never stops at the first problem: it collects every one.
public protocol StepOptions: Codable, OptionValue {
    init()

    /// Checks conditions that involve several options.
    ///
    /// It is called while the file is checked, when some values may not be known: read `$option.isGiven` and
    /// `$option.known`, never the plain value.
    func validate(_ problems: ProblemList, at mark: SourceMark)

    /// The part of what `validate` refuses that an editor can see.
    static var rules: [OptionRule] { get }

    /// The parts of an option's value that some program reads as commands, such as the text after `sh -c`. The file must
    /// spell them out: an expression in one is refused, because its value could be a command. An option that is such a
    /// text as a whole is declared `literal`.
    static func scripts(in field: Node.Field) -> [Node]
}

extension StepOptions {
    public static var rules: [OptionRule] { [] }

    public static func scripts(in field: Node.Field) -> [Node] { [] }

    public func validate(_ problems: ProblemList, at mark: SourceMark) {}

    /// The declared options, in the order of their declaration.
    public static var fields: [OptionField] {
        optionFields.declarations(of: Self.self) { declarations.map { $0.option.field(named: $0.name) } }
    }

    static var declarations: [(name: String, option: any DeclaredOption)] {
        declaredOptions.declarations(of: Self.self) {
            PropertyCollector<any DeclaredOption>.properties(of: Self()).map { ($0.name, $0.property) }
        }
    }

    public static var shape: OptionShape {
        .mapping(fields, rules)
    }

    /// Decodes the fields of a mapping.
    ///
    /// - Returns: nil if there was a problem; each is added to `problems`. Options whose expression is not known yet
    ///   are checked by type and left deferred.
    public static func read(_ node: Node, _ problems: ProblemList) -> Self? {
        let declared = Dictionary(declarations.map { ($0.name, $0.option) }) { first, _ in first }
        let before = problems.errorCount
        guard let fields = node.optionFields(among: declarations.map(\.name), problems) else { return nil }
        let decoder = OptionsDecoder(fields: fields, declared: declared, problems: problems, mark: node.mark)
        guard let options = try? Self(from: decoder) else { return nil }
        let told = problems.problems.count
        options.validate(problems, at: node.mark)
        problems.explain(
            since: told, by: fields.compactMap { field in field.value.absence.map { (field.key, $0) } })
        return problems.errorCount == before ? options : nil
    }

    public var described: Value {
        let given = PropertyCollector<any DeclaredOption>.properties(of: self).compactMap { name, option in
            option.givenValue.map { (name, $0) }
        }
        return .object(Dictionary(given) { first, _ in first })
    }
}

private let declaredOptions = DeclarationCache<[(name: String, option: any DeclaredOption)]>()
private let optionFields = DeclarationCache<[OptionField]>()

extension OptionValue {
    /// Reads a node as `read` does, but accepts an expression of a fitting type as not known yet.
    static func decode(_ node: Node, _ problems: ProblemList) -> Self? {
        guard case .deferred(let expression, let type) = node.content else { return read(node, problems) }
        if let type, !shape.accepts.contains(type) {
            problems.add("expected \(shape.name), but `\(expression)` is \(type.described)", at: node.mark)
        }
        return nil
    }
}

extension ValueType {
    /// The name of the type with its article.
    var described: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer: "a whole number"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .object: "a mapping"
        }
    }
}

/// Turns a property's name into kebab-case: `_maxAge` and `maxAge` become `max-age`.
func kebabCase(_ name: String) -> String {
    var out: [UInt8] = []
    for byte in name.utf8.drop(while: { $0 == 0x5F }) {
        if byte.isASCIIUppercase {
            out.append(0x2D)
            out.append(byte.asciiLowercased)
        } else {
            out.append(byte)
        }
    }
    return String(decoding: out, as: UTF8.self)
}
