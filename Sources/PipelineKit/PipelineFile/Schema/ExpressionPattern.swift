/// The syntax of expressions as a regular expression, for the JSON Schema. It knows the tokens and the paths, not their
/// order: what it refuses is wrong, and not all that is wrong is refused.
struct ExpressionPattern {
    let place: ExpressionCheck.Place

    /// A text that may have expressions in it.
    var text: String { "^(?:\(Self.literal)|\(expression))*$" }

    /// A text that has one at least.
    var textWithExpression: String { "^(?=[\\s\\S]*\\$\\{\\{)(?:\(Self.literal)|\(expression))*$" }

    /// A step's `if`: one expression, inside `${{ }}` or bare.
    var condition: String { "^\\s*\(expression)\\s*$|^(?=\\s*\\S)(?:\(token))*$" }

    /// A text that may have none.
    static let none = "^(?:\(literal))*$"

    private static let literal = "[^$\\u0000]|\\$(?!\\{\\{)"

    private var expression: String { "\\$\\{\\{(?!\\s*\\}\\})(?:\(token))*\\}\\}" }

    /// One token; a path counts as one. Where a token could end early, the next character is looked at, so that a text
    /// is split in one way only and a match takes linear time.
    private var token: String {
        let number = "[-0-9][0-9A-Za-z_.]*(?![0-9A-Za-z_.])"
        let symbols = "==(?!=)|!=?|<=?|>=?|&&|\\|\\||[(),]"
        let functions = ExpressionFunction.allCases.filter { place == .condition || !$0.isStatus }.map(\.rawValue)
        let path = "(?:\(paths.joined(separator: "|")))(?![A-Za-z0-9_-]|\\s*[.(])"
        return "\\s|'[^']*'|\(number)|\(symbols)|\(path)|(?:\(functions.joined(separator: "|")))\\s*\\("
    }

    private var paths: [String] {
        let (name, dot) = ("[A-Za-z_][A-Za-z0-9_-]*", "\\s*\\.\\s*")
        let contexts = KnownNames.contexts.filter(place.allows)
        let named = contexts.filter { $0 != "run" && $0 != "steps" }
        var paths = ["true", "false", "null", "(?:\(named.joined(separator: "|")))\(dot)\(name)"]
        if contexts.contains("run") { paths.append("run\(dot)(?:\(KnownNames.runFields.joined(separator: "|")))") }
        if contexts.contains("steps") { paths.append("steps\(dot)\(name)\(dot)(?:outcome|outputs\(dot)\(name))") }
        return paths
    }
}
