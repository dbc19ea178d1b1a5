/// A pipeline file written out: each step with its shared and wired options, and every policy that applies.
///
/// The output is a pipeline file again, and reads as the same pipeline.
public struct PipelineExplanation {
    private let pipeline: Pipeline

    public init(_ pipeline: Pipeline) {
        self.pipeline = pipeline
    }

    public var text: String {
        var lines = ["version: 1", "name: \(scalar(pipeline.name))"]
        lines += section("inputs", pipeline.inputs.map { ($0.name, describe($0)) })
        lines += section("vars", pipeline.variables.map { ($0.name, flow($0.value)) })
        lines += section("secrets", pipeline.secrets.map { ($0.name, describe($0)) })
        if let timeout = pipeline.timeout { lines.append("timeout: \(timeout.text)") }
        switch pipeline.concurrency {
        case .none: lines.append("concurrency: none")
        case .lease(let wait): lines.append("concurrency: { wait: \(wait.text) }")
        }
        if pipeline.keepsJournalLocal { lines.append("journal: local") }
        if let state = pipeline.state { lines.append("state: \(scalar(state))") }
        lines.append("on-unfinished: \(pipeline.onUnfinished.rawValue)")
        lines.append("on-failure: \(pipeline.onFailure.rawValue)")
        lines.append("steps:")
        lines += pipeline.steps.flatMap { describe($0, indentation: "  ", isUndone: true) }
        if !pipeline.finally.isEmpty {
            lines.append("finally:")
            lines += pipeline.finally.flatMap { describe($0, indentation: "  ", isUndone: false) }
        }
        return lines.joined(separator: "\n")
    }

    private func section(_ name: String, _ fields: [(String, String)]) -> [String] {
        fields.isEmpty ? [] : ["\(name):"] + fields.map { "  \($0.0): \($0.1)" }
    }

    private func describe(_ input: PipelineInput) -> String {
        var parts = ["type: \(input.kind.rawValue)"]
        if !input.choices.isEmpty {
            parts.append("enum: [\(input.choices.map(flow).joined(separator: ", "))]")
        }
        if input.value != .null { parts.append("default: \(flow(input.value))") }
        return "{ \(parts.joined(separator: ", ")) }"
    }

    private func describe(_ secret: SecretDeclaration) -> String {
        let source =
            switch secret.source {
            case .environment(let variable): "env: \(scalar(variable))"
            case .file(let path): "file: \(scalar(path))"
            }
        let fallback =
            switch secret.fallback {
            case nil: ""
            case "": ", optional: true"
            case let text?: ", default: \(scalar(text))"
            }
        return "{ \(source)\(fallback) }"
    }

    /// - Parameter isUndone: true if the step can have a rollback in this place.
    private func describe(_ step: PipelineStep, indentation: String, isUndone: Bool) -> [String] {
        var lines = ["id: \(step.id)", "uses: \(step.kind.name)"]
        if let fields = step.options.fields, !fields.isEmpty {
            lines.append("with:")
            lines += fields.map { "  \(scalar($0.key)): \(flow($0.value))" }
        }
        if !step.environment.isEmpty {
            lines.append("env:")
            lines += step.environment.map { "  \(scalar($0.name)): \(flow($0.value))" }
        }
        lines.append("if: \(scalar(step.condition.expression.text))")
        if step.continueOnError { lines.append("continue-on-error: true") }
        if step.insists { lines.append("on-failure: rollback") }
        lines.append("timeout: \(step.timeout.text)")
        lines.append("retry: \(describe(step.retry))")
        if isUndone { lines += describe(step.rollback) }
        return lines.enumerated().map { indentation + ($0.offset == 0 ? "- " : "  ") + $0.element }
    }

    private func describe(_ rollback: RollbackPolicy) -> [String] {
        switch rollback {
        case .off: ["rollback: false"]
        case .own(let timeout): ["rollback: { timeout: \(timeout.text) }"]
        case .steps(let steps, let timeout):
            ["rollback:", "  timeout: \(timeout.text)", "  steps:"]
                + steps.flatMap { describe($0, indentation: "    ", isUndone: false) }
        }
    }

    private func describe(_ retry: RetryPolicy) -> String {
        let factor = retry.factor == retry.factor.rounded() ? String(Int(retry.factor)) : String(retry.factor)
        let backoff =
            "{ initial: \(retry.initial.text), factor: \(factor), max: \(retry.max.text), jitter: \(retry.jitter.rawValue) }"
        let classes = RetryClass.allCases.filter(retry.when.contains).map(\.rawValue).joined(separator: ", ")
        return "{ attempts: \(retry.attempts), backoff: \(backoff), when: [\(classes)] }"
    }

    /// Writes a value on one line.
    private func flow(_ node: Node) -> String {
        switch node.content {
        // Code that distinguishes text from numbers and words, such as an expectation of a JSON value, must find it
        // unchanged.
        case .scalar(let text, plain: false): quoted(text)
        case .scalar(let text, plain: true): Double(text) == nil ? scalar(text) : text
        case .sequence(let nodes): "[" + nodes.map(flow).joined(separator: ", ") + "]"
        case .mapping(let fields):
            fields.isEmpty
                ? "{}" : "{ " + fields.map { "\(scalar($0.key)): \(flow($0.value))" }.joined(separator: ", ") + " }"
        case .deferred(let expression, type: _): scalar(expression)
        case .null: "${{ null }}"
        }
    }

    private func flow(_ value: Value) -> String {
        flow(Node(value, at: SourceMark(line: 1, column: 1)))
    }

    /// Writes text plainly if no YAML parser could take it for anything else.
    private func scalar(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: /[A-Za-z0-9_.\/][A-Za-z0-9_.\/-]*/) != nil
        return isPlain ? text : quoted(text)
    }

    private func quoted(_ text: String) -> String { SanitizedJSON.clean(Value.text(text).json) }
}
