internal import PipelineKit

/// A page about one kind, made from its declarations.
struct KindPage {
    let kind: KindDescriptor
    let options: [OptionField]
    let outputs: [OutputField]

    init(_ kind: KindDescriptor) {
        self.kind = kind
        options = kind.options.flatMap(\.withInner)
        outputs = kind.outputs
    }

    /// For a console.
    ///
    /// - Parameter width: in columns; the example is not broken.
    func lines(width: Int) -> [String] {
        var lines = "\(kind.name): \(kind.summary)".wrapped(to: width)
        if !options.isEmpty {
            lines += ["", "OPTIONS"]
            lines += DefinitionList(entries: options.map { ($0.name, [help(of: $0), nature(of: $0)]) }).lines(
                width: width)
        }
        if !outputs.isEmpty {
            lines += ["", "OUTPUTS"]
            let entries = outputs.map { ($0.name, ["\($0.help) (\($0.type.rawValue))"]) }
            lines += DefinitionList(entries: entries).lines(width: width)
        }
        if let table = kind.table {
            lines += ["", table.title.uppercased()]
            lines += DefinitionList(entries: table.rows.map { ($0.subject, [$0.text]) }).lines(width: width)
        }
        if let undoing = kind.undoing { lines += ["", "ROLLBACK"] + undoing.wrapped(to: width - 2).map { "  \($0)" } }
        for paragraph in kind.details {
            lines += [""]
            // A block of code is not broken.
            lines +=
                paragraph.hasPrefix("```")
                ? paragraph.split(separator: "\n").dropFirst().dropLast().map { "    \($0)" }
                : paragraph.replacing("**", with: "").wrapped(to: width)
        }
        lines += [""] + limits.wrapped(to: width)
        if options.contains(where: \.isWired) { lines += Self.wiring.wrapped(to: width) }
        lines += [""]
        lines += kind.example.split(separator: "\n").map { "    \($0)" }
        return lines
    }

    private static let wiring = "Wired: taken from the nearest earlier step with an output of that name."

    private func help(of field: OptionField) -> String {
        field.help + (field.retired.map { "; deprecated: \($0)" } ?? "")
    }

    /// What an option takes, and its default.
    private func nature(of field: OptionField) -> String {
        let shape = field.shape.name.replacing("`", with: "")
        let value = defaultText(field)
        if value.isEmpty { return "(\(shape))" }
        return field.defaultValue == nil ? "(\(shape); \(value))" : "(\(shape); default: \(value))"
    }

    private func defaultText(_ field: OptionField) -> String {
        if let value = field.defaultValue { return value.asText.isEmpty ? "\"\"" : value.asText }
        if field.isWired { return field.isRequired ? "wired, required" : "wired" }
        return field.isRequired ? "required" : ""
    }

    private var limits: String {
        let timeout = kind.timeout ?? PipelineStep.standardTimeout
        let rollback = kind.rollbackTimeout ?? PipelineStep.standardTimeout
        return "An attempt may take \(timeout.text), a rollback \(rollback.text), unless the file says otherwise."
    }

    /// Every kind, as the page `docs/steps.md`.
    static func document(_ pages: [KindPage]) -> String {
        var lines = [
            "# The kinds of step", "",
            "Made from the kinds' own declarations by `\(ProgramName.current) steps --markdown`; `\(ProgramName.current) steps KIND` shows one of them.",
            "*Wired* options are taken from the nearest earlier output of the same name if a step omits them.",
            "",
        ]
        lines += pages.map { "- [`\($0.kind.name)`](#\($0.kind.name)): \($0.kind.summary)" }
        return (lines + pages.flatMap { [""] + $0.markdown }).joined(separator: "\n")
    }

    private var markdown: [String] {
        var lines = ["## \(kind.name)", "", kind.summary.prefix(1).uppercased() + kind.summary.dropFirst() + ".", ""]
        if !options.isEmpty {
            lines += ["| option | type | default | |", "| --- | --- | --- | --- |"]
            lines += options.map { field in
                let value = defaultText(field)
                let isWord = value.hasPrefix("wired") || value == "required" || value.isEmpty
                let shown = isWord ? value : "`\(cell(value))`"
                return "| `\(field.name)` | \(cell(field.shape.name)) | \(shown) | \(cell(help(of: field))) |"
            }
            lines.append("")
        }
        if !outputs.isEmpty {
            lines += ["| output | type | |", "| --- | --- | --- |"]
            lines += outputs.map { "| `\($0.name)` | \($0.type.rawValue) | \(cell($0.help)) |" }
            lines.append("")
        }
        if let table = kind.table {
            lines += ["| \(table.title) | |", "| --- | --- |"]
            lines += table.rows.map { "| \(cell($0.subject)) | \(cell($0.text)) |" }
            lines.append("")
        }
        if let undoing = kind.undoing { lines += ["**Rollback.** \(undoing)", ""] }
        for paragraph in kind.details { lines += [paragraph, ""] }
        return lines + [limits, "", "```yaml", kind.example, "```"]
    }

    private func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|")
    }
}
