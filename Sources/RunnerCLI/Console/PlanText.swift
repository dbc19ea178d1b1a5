internal import PipelineKit

/// A plan for people: a line for each step, and below it what the step would change.
struct PlanText {
    let plan: Plan
    let style: TextStyle
    let order: OutputOrder
    /// In columns; outputs of local steps are cut to it unless everything is told.
    let width: Int
    /// Whether every change is told, or the first ones of each step.
    let isWhole: Bool
    /// The command that would do what the plan says.
    var command = "\(ProgramName.current) run"

    private static let shown = 20

    var lines: [String] {
        let ids = plan.steps.map(\.id.count).max() ?? 0
        let kinds = plan.steps.map(\.kind.count).max() ?? 0
        var lines: [String] = []
        for step in plan.steps {
            let name = padded(step.id, ids) + "  " + padded(step.kind, kinds)
            lines.append("  \(name)  \(headline(of: step, room: width - name.columns - 4))")
            if case .changes(let changes) = step.verdict { lines += listing(changes) }
        }
        if plan.namesRun { lines.append(style.dim("a run has an id of its own in the place of \(plan.runID)")) }
        lines.append(conclusion)
        return lines
    }

    private func headline(of step: PlannedStep, room: Int) -> String {
        switch step.verdict {
        case .ran(let outputs):
            style.dim(("ran  " + text(of: outputs, step.id)).cut(to: isWhole ? .max : max(24, room)))
        case .changes(let changes) where changes.isEmpty: style.yellow("would run")
        case .changes(let changes): style.yellow(summary(changes))
        case .nothing: style.green("nothing to do")
        case .looks: style.dim("only looks, and not before a run")
        case .mayRun: style.yellow("would run; `\(ProgramName.current) plan --allow-commands` runs it in the plan too")
        case .skipped(let reason): style.dim("skipped: \(reason)")
        case .unknown(let steps): style.yellow("known after run of " + steps.joined(separator: ", "))
        case .fails(let error): style.red("would fail: ") + SanitizedText.clean(error.message)
        }
    }

    private func summary(_ changes: ChangeList) -> String {
        var parts: [String] = []
        for verb in [Change.Verb.add, .replace, .copy, .keep, .point, .remove, .run] {
            guard let total = changes.totals[verb] else { continue }
            let bytes = total.bytes > 0 ? " (\(ByteCount(total.bytes).text))" : ""
            parts.append("\(total.count) to \(verb.rawValue)\(bytes)")
        }
        return parts.joined(separator: ", ")
    }

    private func listing(_ list: ChangeList) -> [String] {
        let changes = list.first
        // Copies are only counted in the headline: among thousands of them nobody finds the one new file.
        let news = changes.filter { $0.verb != .copy && $0.verb != .keep }
        let told = isWhole ? changes[...] : (news.isEmpty ? changes : news).prefix(Self.shown)
        var lines = told.map { change in
            let size = change.bytes.map { "  \(ByteCount($0).text)" } ?? ""
            let detail = change.detail.isEmpty ? "" : "  \(style.dim(SanitizedText.clean(change.detail)))"
            return "      \(padded(change.verb.rawValue, 7))  \(SanitizedText.clean(change.subject))\(size)\(detail)"
        }
        if told.count < list.count {
            let more = !isWhole && told.count < changes.count ? "; `-v` lists \(list.isWhole ? "them" : "more")" : ""
            lines.append(style.dim("      and \(list.count - told.count) more\(more)"))
        }
        return lines
    }

    private var conclusion: String {
        if plan.failure != nil { return "a run would fail; nothing was changed" }
        return plan.hasChanges
            ? "this is what `\(command)` would do; nothing was changed" : style.green("there is nothing to change")
    }

    private func text(of outputs: [String: Value], _ step: String) -> String {
        order.sorted(outputs, of: step).compactMap { name, value in
            let text = SanitizedText.clean(value.asText)
            return text.isEmpty || text.count > 40 ? nil : "\(name)=\(text)"
        }.joined(separator: " ")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension Plan {
    /// The plan as one line of JSON.
    var document: JSONDocument {
        JSONDocument(
            schema: "runner.plan/1", type: "plan",
            fields: [
                "pipeline": .text(pipeline), "run": .text(runID), "has-changes": .bool(hasChanges),
                "steps": .list(steps.map(\.document)),
            ])
    }
}

extension PlannedStep {
    /// Every step has every field; those that its verdict says nothing of are null.
    fileprivate var document: Value {
        let fields: (verdict: String, own: [String: Value]) =
            switch verdict {
            case .ran(let outputs): ("ran", ["outputs": .object(outputs)])
            case .changes(let changes): ("changes", changes.fields)
            case .nothing(let outputs): ("nothing", ["outputs": .object(outputs)])
            case .looks: ("looks", [:])
            case .mayRun: ("looks", ["reason": "a plan starts commands only if that is allowed"])
            case .skipped(let reason): ("skipped", ["reason": .text(reason)])
            case .unknown(let steps): ("unknown", ["after": .list(steps.map { .text($0) })])
            case .fails(let error): ("fails", ["error": error.document])
            }
        let names = ["outputs", "changes", "change-count", "change-totals", "reason", "after", "error"]
        let none = Dictionary(uniqueKeysWithValues: names.map { ($0, Value.null) })
        return .object(
            none.merging(fields.own) { $1 }
                .merging(["id": .text(id), "kind": .text(kind), "verdict": .text(fields.verdict)]) { $1 })
    }
}
