/// Why an expression gave null: for an option that must have a value, that is the fault to tell, and not that the option
/// is missing.
struct Absence: Hashable, Sendable {
    /// A clause: "`env.TAG` is not set".
    let reason: String
    let help: String
    /// True if another environment would give a value, so that the file may be good.
    let isOfEnvironment: Bool

    /// - Parameters:
    ///   - template: it gave null.
    ///   - scope: in which it did.
    ///   - isOfEnvironment: true if all that it names is known when the file is read: then an environment variable alone
    ///     can lack a value.
    init(of template: Template, in scope: Scope, isOfEnvironment: Bool) {
        let empty = template.expressions.flatMap(\.references).filter { scope.value(of: $0.path) == .null }
        let reference = empty.first { $0.path[0] == "env" } ?? empty.first
        self.isOfEnvironment = isOfEnvironment && reference != nil
        guard let reference else {
            reason = "its expression is null"
            help = "write an expression that has a value"
            return
        }
        let other = "`${{ \(reference.text) || '…' }}`"
        switch reference.path[0] {
        case "env":
            reason = "`\(reference.text)` is not set"
            help =
                "set the environment variable \(reference.path[1]), or name a value for when it is not set: \(other)"
        case "secrets":
            reason = "`\(reference.text)` has no value"
            help = "provide it as the file's `secrets` say"
        default:
            reason = "`\(reference.text)` is null"
            help = "name a value for when it is null: \(other)"
        }
    }

    var code: Problem.Code { isOfEnvironment ? .unsetVariable : .pipelineFile }
}

extension Node {
    /// Makes a node of the value that a template has, and keeps why it is null.
    init(
        of template: Template, _ value: Value, in scope: Scope, isKnownEarly: Bool = false, at mark: SourceMark
    ) {
        self.init(value, at: mark)
        if value == .null { absence = Absence(of: template, in: scope, isOfEnvironment: isKnownEarly) }
    }
}
