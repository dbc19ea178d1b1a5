internal import PipelineKit
internal import Releases

/// A plan for people: a row for each step as a run has it, below it what the step would change as a diff, and at the end
/// what it comes to.
struct PlanText {
    let plan: Plan
    let style: TextStyle
    let order: OutputOrder
    /// Of the window, in columns, in which rows break; nil if there is none.
    let width: Int?
    /// Whether every change is told, or the first ones of each step.
    let isWhole: Bool
    /// The command that would do what the plan says.
    var command = "\(ProgramName.current) run"
    /// Which files of the live release a step gives to the new one, for pages that are open.
    var overlap = Overlap.none

    enum Overlap: Sendable {
        case none
        /// It depends on the run.
        case unknown
        case matching(Glob)
    }

    private static let shown = 20
    /// The widest path that sizes are aligned behind, in columns.
    private static let widestPath = 48
    /// Below the ids of rows.
    private static let indent = String(repeating: " ", count: 11)

    /// All lines, for a plan without a record of every change.
    var lines: [String] {
        var lines: [String] = []
        // Only what a record holds can fail to be read.
        try? write { lines.append($0) }
        return lines
    }

    /// - Throws: `FileError` if the record of a step's changes cannot be read.
    func write(_ line: (String) -> Void) throws {
        for step in plan.steps {
            row(of: step).forEach(line)
            if case .changes(let changes) = step.verdict { try list(changes, line) }
        }
        if let total = files { broken(counts(total, in: fileLists)).forEach(line) }
        if !unprovenRights.isEmpty {
            broken(
                "a plan cannot know whether these are allowed, for it uses none of them: "
                    + unprovenRights.joined(separator: ", ")
            ).map(style.dim).forEach(line)
        }
        if plan.namesRun { line(style.dim("a run has an id of its own in the place of \(plan.runID)")) }
        broken(conclusion).map(plan.failure == nil && !plan.hasChanges ? style.green : { $0 }).forEach(line)
    }

    /// A line below the rows, in lines of the window.
    private func broken(_ text: String) -> [String] {
        guard let width, text.columns > width else { return [text] }
        return text.wrappedWithWholeCommands(to: width, below: width - 2).enumerated().map {
            $0.offset == 0 ? $0.element : "  " + $0.element
        }
    }

    // MARK: - Rows

    private func row(of step: PlannedStep) -> [String] {
        let ids = plan.steps.map(\.id.columns).max() ?? 0
        let layout = RowLayout(style: style, idWidth: ids, width: width)
        let (mark, paint, text) = headline(of: step)
        return layout.row(mark, paint, id: step.id, SanitizedText.clean(text), paintText: paintText(of: step))
    }

    private func headline(of step: PlannedStep) -> (mark: String, RowLayout.Paint, text: String) {
        let mark = step.verdict.mark
        return switch step.verdict {
        case .ran(let outputs): (mark, style.green, step.summary ?? text(of: outputs, step.id))
        case .changes(let changes): (mark, style.yellow, text(of: changes))
        case .nothing: (mark, style.green, step.summary ?? "nothing to do")
        case .looks: (mark, style.dim, "only looks, and not before a run")
        case .mayRun:
            (mark, style.yellow, "would run; `\(ProgramName.current) plan --allow-commands` runs it in the plan too")
        case .skipped(let reason): (mark, style.dim, reason)
        case .unknown(let steps): (mark, style.yellow, "known after run of " + steps.joined(separator: ", "))
        case .fails(let error): (mark, style.red, "would fail: " + error.message)
        }
    }

    private func paintText(of step: PlannedStep) -> RowLayout.Paint {
        switch step.verdict {
        case .changes, .fails, .mayRun: { $0 }
        case .ran, .nothing, .looks, .skipped, .unknown: style.dim
        }
    }

    private func text(of changes: ChangeList) -> String {
        if changes.isEmpty { return "would run" }
        if let summary = changes.summary {
            // A plan of one site tells it once, at the end.
            let counts = changes.files.flatMap {
                countsEachStep && changes.isWorthListing ? self.counts($0, in: [changes]) : nil
            }
            return summary + (counts.map { ": \($0)" } ?? "")
        }
        if changes.count == 1, let only = changes.first.first {
            return [Self.verb(only.verb), only.subject, only.detail].filter { !$0.isEmpty }.joined(separator: " ")
        }
        return [Change.Verb.add, .replace, .copy, .keep, .point, .remove, .run].compactMap { verb in
            guard let total = changes.totals[verb] else { return nil }
            let bytes = total.bytes > 0 ? " (\(ByteCount(total.bytes).text))" : ""
            return "\(CountText.text(total.count)) to \(verb.rawValue)\(bytes)"
        }.joined(separator: ", ")
    }

    /// As a word in front of the subject; what a run prints for it needs none.
    private static func verb(_ verb: Change.Verb) -> String { verb == .run ? "" : verb.rawValue }

    private func text(of outputs: [String: Value], _ step: String) -> String {
        order.sorted(outputs, of: step).compactMap { name, value in
            let text = value.asText
            return text.isEmpty || text.count > 40 ? nil : "\(name)=\(text)"
        }.joined(separator: " ")
    }

    // MARK: - Changes

    private func list(_ changes: ChangeList, _ line: (String) -> Void) throws {
        // The row has said it.
        let isSaid = !changes.isWorthListing || changes.count == 1 && changes.files == nil
        if isWhole {
            // The list grows with the site, and so it comes from the disk.
            let width = pathWidth(of: changes.first)
            if let record = changes.record {
                try record.forEach { line(row(of: $0, in: changes, width)) }
            } else {
                for change in changes.first { line(row(of: change, in: changes, width)) }
                if !changes.isWhole { line(more(changes.count - changes.first.count, "")) }
            }
        } else if !isSaid {
            // What stays as it is and copies are only counted.
            let rows = changes.first.filter { $0.verb != .copy && $0.verb != .keep }.prefix(Self.shown)
            let width = pathWidth(of: Array(rows))
            for change in rows { line(row(of: change, in: changes, width)) }
            let kept = [Change.Verb.copy, .keep].reduce(0) { $0 + (changes.totals[$1]?.count ?? 0) }
            let rest = changes.count - kept - rows.count
            if rest > 0 { line(more(rest, "; `-v` lists them")) }
        }
        for note in changes.notes { line(Self.indent + style.dim(SanitizedText.clean(note))) }
    }

    private func more(_ count: Int, _ how: String) -> String {
        Self.indent + style.dim("and \(CountText.text(count)) more\(how)")
    }

    private func pathWidth(of changes: [Change]) -> Int {
        min(Self.widestPath, changes.map { SanitizedText.clean($0.subject).columns }.max() ?? 0)
    }

    private func row(of change: Change, in list: ChangeList, _ width: Int) -> String {
        let sizes = [change.oldBytes, change.bytes].compactMap { $0.map { ByteCount($0).text } }
        let parts = [SanitizedText.clean(change.subject).flat.padded(to: width), sizes.joined(separator: " -> ")]
        let head = parts.joined(separator: "  ").trimmingEnd
        let fate = change.verb == .remove && list.files?.areLive == true ? fate(of: change.subject) : ""
        let details = [SanitizedText.clean(change.detail).flat, fate].filter { !$0.isEmpty }
        let detail = details.isEmpty ? "" : "  " + style.dim(details.joined(separator: ": "))
        let (sign, paint) = sign(of: change.verb)
        return Self.indent + paint(sign) + " " + head + detail
    }

    private func sign(of verb: Change.Verb) -> (String, RowLayout.Paint) {
        switch verb {
        case .add: ("+", style.green)
        case .replace, .point, .run: ("~", style.yellow)
        case .remove: ("-", style.red)
        case .copy, .keep: ("=", style.dim)
        }
    }

    /// What visitors get who ask for a file that is gone.
    private func fate(of key: String) -> String {
        switch overlap {
        case .none: "404"
        case .unknown: Self.notKnown
        case .matching(let glob): glob.matches(key) ? "kept by `overlap`" : "404"
        }
    }

    private static let notKnown = "404, unless `overlap` keeps it"

    // MARK: - What it comes to

    private var fileLists: [ChangeList] {
        plan.steps.compactMap { step in
            guard case .changes(let changes) = step.verdict, changes.files != nil else { return nil }
            return changes
        }
    }

    private var countsEachStep: Bool { fileLists.count > 1 }

    /// Of all steps; nil if their rows say it already.
    private var files: ChangeList.Files? {
        guard fileLists.contains(where: \.isWorthListing) else { return nil }
        let all = fileLists.compactMap(\.files)
        return all.dropFirst().reduce(all[0], +)
    }

    private func counts(_ files: ChangeList.Files, in lists: [ChangeList]) -> String {
        let kept = files.areLive ? keptByOverlap(lists) : 0
        let fate = kept == nil || overlap.isUnknown ? Self.notKnown : "404"
        let parts = [
            (files.new, "new"), (files.changed, "changed"),
            (files.gone - (kept ?? 0), files.areLive ? "gone (\(fate))" : "gone"), (kept ?? 0, "kept by `overlap`"),
            (files.unchanged, "unchanged"),
        ].filter { $0.0 > 0 }.map { "\(CountText.text($0)) \($1)" }
        return parts.joined(separator: ", ") + "; \(files.bytes > 0 ? ByteCount(files.bytes).text : "nothing") to send"
    }

    /// How many files that are gone the step keeps; nil if not all of them are known.
    private func keptByOverlap(_ lists: [ChangeList]) -> Int? {
        guard case .matching(let glob) = overlap else { return 0 }
        let gone = lists.flatMap(\.first).filter { $0.verb == .remove }
        let all = lists.reduce(0) { $0 + ($1.totals[.remove]?.count ?? 0) }
        return gone.count == all ? gone.count { glob.matches($0.subject) } : nil
    }

    private var unprovenRights: [String] {
        var rights: [String] = []
        for step in plan.steps {
            guard case .changes(let changes) = step.verdict else { continue }
            for right in changes.unprovenRights where !rights.contains(right) { rights.append(right) }
        }
        return rights
    }

    private var conclusion: String {
        if plan.failure != nil { return "a run would fail; nothing was changed" }
        return plan.hasChanges
            ? "this is what `\(command)` would do; nothing was changed" : "there is nothing to change"
    }
}

extension PlanText.Overlap {
    fileprivate var isUnknown: Bool { if case .unknown = self { true } else { false } }

    /// - Parameter pipeline: one step of it may share files.
    init(_ pipeline: Pipeline) {
        let options = pipeline.steps.lazy.filter { $0.kind.name == DeployReader.kind }.compactMap {
            $0.options["overlap"]
        }
        guard let overlap = options.first else {
            self = .none
            return
        }
        let match = overlap["match"].flatMap { Glob.read($0, ProblemList()) }
        self = match.map { .matching($0) } ?? .unknown
    }
}

extension String {
    fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
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
        let names =
            ["outputs", "reason", "after", "error"] + ChangeList().fields.keys
        let none = Dictionary(uniqueKeysWithValues: names.map { ($0, Value.null) })
        return .object(
            none.merging(["summary": .text(summary.map(SanitizedText.clean))]) { $1 }.merging(fields.own) { $1 }
                .merging(["id": .text(id), "kind": .text(kind), "verdict": .text(fields.verdict)]) { $1 })
    }
}
