/// Reads `secrets`: where each is found, never its value.
struct SecretsReader {
    /// Where values are that are known when the file is read.
    let environment: [String: String]
    let problems: ProblemList

    struct Declaration: StepOptions {
        @Option("the environment variable that has it") var env: String?
        @Option("the file that has it, relative to the project") var file: String?
        @Option("true if it may be missing: it is then the empty text") var optional = false
        @Option("the value if the source has none") var `default`: String?

        static let rules: [OptionRule] = [
            .oneOf(["env", "file"]), .excludes("env", ["file"]), .excludes("default", ["optional"]),
            .notEmpty("env"), .notEmpty("file"),
        ]

        func validate(_ problems: ProblemList, at mark: SourceMark) {
            if $env.isGiven == $file.isGiven {
                problems.add(
                    "a secret needs one of `env` or `file`", at: mark,
                    help: "write `{ env: NAME }` or `{ file: PATH }`")
            }
            if $env.known == "" || $file.known == "" {
                problems.add("the source of a secret must not be empty", at: $env.place ?? $file.place)
            }
            if $optional.isGiven && $default.isGiven {
                problems.add(
                    $optional.known == true
                        ? "a secret with a `default` is never missing: `optional: true` adds nothing"
                        : "a secret with a `default` can be left out, and `optional: false` says that it cannot",
                    at: $optional.place, help: "remove `optional` or `default`")
            }
        }
    }

    /// Reads one secret's declaration. A value that somebody has put here by mistake is not shown.
    private func read(_ field: Node.Field) -> Declaration? {
        if case .scalar = field.value.content {
            problems.add(
                Problem(
                    "the value of the secret `\(field.key)` is in the file itself", at: field.keyMark,
                    help: "say where it is: `\(field.key): { env: NAME }` or `{ file: PATH }`; and if it has been "
                        + "shared or committed, replace it", showsLine: false))
            return nil
        }
        let found = ProblemList()
        let declaration = Declaration.read(field.value, found)
        for var problem in found.problems {
            problem.showsLine = false
            problems.add(problem)
        }
        return declaration
    }

    func read(_ node: Node?) -> [SecretDeclaration] {
        guard let node else { return [] }
        guard let fields = node.fields else {
            problems.add("`secrets` must be a mapping of names, not \(node.describedKind)", at: node.mark)
            return []
        }
        return fields.filter { NameRule.check($0, "a secret", problems) }.map { field in
            let declaration = read(field)
            let source: SecretDeclaration.Source =
                if let file = declaration?.file { .file(file) } else { .environment(declaration?.env ?? "") }
            let fallback = declaration?.default ?? (declaration?.optional == true ? "" : nil)
            let secret = SecretDeclaration(name: field.key, source: source, fallback: fallback, mark: field.keyMark)
            if case .environment(let variable) = source, let value = environment[variable],
                let doubt = secret.doubt(of: value)
            {
                problems.warn(doubt, at: field.keyMark, help: "use a longer one")
            }
            return secret
        }
    }
}
