/// Reads lists of steps into drafts, and gives ids to those that have none.
struct StepDraftReader {
    let registry: StepRegistry
    let expressions: ExpressionReader
    /// What could not be read, so that less is known of the other steps.
    private(set) var unread = KnownNames.UnreadSteps.none
    private var problems: ProblemList { expressions.problems }
    private var counts: [String: Int] = [:]
    private var given: [String: SourceMark] = [:]

    init(registry: StepRegistry, expressions: ExpressionReader) {
        self.registry = registry
        self.expressions = expressions
    }

    /// - Parameter owner: "`steps`", "`finally`".
    mutating func read(_ node: Node?, _ owner: String, in position: StepDraft.Position) -> [StepDraft] {
        guard let node else { return [] }
        guard case .sequence(let nodes) = node.content else {
            problems.add(
                "\(owner) must be a list of steps, not \(node.describedKind)", at: node.mark,
                help: Self.help(forList: node))
            unread = .steps
            return []
        }
        if nodes.isEmpty {
            problems.add("\(owner) has no step", at: node.mark, help: Self.start)
        }
        return nodes.compactMap { draft($0, in: position) }
    }

    private mutating func draft(_ node: Node, in position: StepDraft.Position) -> StepDraft? {
        let named = kindAsKey(node)
        var step = optionsMoved(in: node)
        if let named { step.content = .mapping((node.fields ?? []).filter { $0.key != named }) }
        guard
            var fields = NodeFields(
                step, "a step", known: StepKeys.names, habits: StepKeys.habits, help: help(for: node), problems)
        else {
            // It has no id of its own.
            note(isUnnamed: true)
            return nil
        }
        let id = fields.take("id")
        let uses = fields.take("uses")
        let kind = named == nil ? kind(uses, of: node) : nil
        let keys = StepKeys(taking: &fields)
        let name = id.flatMap { readID($0) } ?? ""
        guard let kind else {
            note(isUnnamed: name.isEmpty)
            return StepDraft(id: name, kind: nil, mark: node.mark, position: position, keys: keys)
        }
        let count = counts[kind.name, default: 0] + 1
        counts[kind.name] = count
        return StepDraft(
            id: id == nil ? "\(kind.name)-\(count)" : name, isAutomaticID: id == nil, kind: kind, mark: node.mark,
            position: position, keys: keys)
    }

    /// Reports options that are not indented under `with`, and reads them as if they were.
    private func optionsMoved(in node: Node) -> Node {
        guard let fields = node.fields, case .scalar(let name, plain: _) = node["uses"]?.content,
            let kind = registry[name]
        else { return node }
        let options = Set(kind.options.map(\.name)).subtracting(StepKeys.names)
        let misplaced = fields.filter { options.contains($0.key) }
        guard let first = misplaced.first else { return node }
        problems.add(
            "`\(first.key)` is an option of `\(name)`, and is not under `with`", at: first.keyMark,
            help: "write `with:`, and the options under it, indented by two more blanks")
        let own = node["with"]?.fields ?? []
        let with = Node.Field(
            key: "with", keyMark: first.keyMark,
            value: Node(
                .mapping(own + misplaced.filter { field in !own.contains { $0.key == field.key } }), at: first.keyMark))
        var step = node
        step.content = .mapping(fields.filter { !options.contains($0.key) && $0.key != "with" } + [with])
        return step
    }

    /// Notes a step without a known kind.
    private mutating func note(isUnnamed: Bool) {
        switch unread {
        case .none: unread = .kinds(isUnnamed: isUnnamed)
        case .kinds(isUnnamed: let others): unread = .kinds(isUnnamed: others || isUnnamed)
        case .steps: break
        }
    }

    /// Help for a step that is only text: a forgotten colon, a kind alone, or something else.
    private func help(for node: Node) -> String {
        guard case .scalar(let text, plain: _) = node.content, !text.isEmpty else { return Self.start }
        if let missing = MissingColon(in: text, among: StepKeys.names) { return "write `- \(missing.corrected)`" }
        return Suggestion.nearest(to: text, among: registry.names).map { "write `- uses: \($0)`" } ?? Self.start
    }

    private static func help(forList node: Node) -> String {
        let first = node.fields?.first?.key ?? ""
        guard first.hasPrefix("-"), StepKeys.names.contains(String(first.dropFirst())) else { return start }
        return "put a blank after the dash: `- \(first.dropFirst()): …`"
    }

    private static let start = "start each step with `- uses: <kind>`"

    /// Finds `- hash: { … }`, as some other tools have it.
    private func kindAsKey(_ node: Node) -> String? {
        guard node["uses"] == nil, let field = node.fields?.first(where: { registry[$0.key] != nil }) else {
            return nil
        }
        problems.add(
            "`\(field.key)` is a kind, and belongs after `uses`", at: field.keyMark,
            help: "write `- uses: \(field.key)`, and its options under `with:`")
        return field.key
    }

    private func kind(_ node: Node?, of step: Node) -> KindDescriptor? {
        guard let node else {
            // If a key of another tool says it, that key is reported instead.
            if step["run"] == nil {
                problems.add(
                    "`uses` is missing", at: step.mark,
                    help: "add `uses: <kind>`; \(Suggestion.help(for: "", among: registry.names))")
            }
            return nil
        }
        guard let name = String.read(node, problems) else { return nil }
        if let kind = registry[name] { return kind }
        problems.add("there is no step kind `\(name)`", at: node.mark, help: kindHelp(name))
        return nil
    }

    private func kindHelp(_ name: String) -> String {
        let plain = String(name.prefix { $0 != "@" })
        if registry[plain] != nil { return "kinds have no version: write `uses: \(plain)`" }
        return Suggestion.help(for: name, among: registry.names)
    }

    private mutating func readID(_ node: Node) -> String? {
        guard let id = String.read(node, problems) else { return nil }
        guard NameRule.isIdentifier(id) else {
            problems.add(
                "`\(id)` is not a valid id for a step", at: node.mark,
                help: "use letters, digits, `_` and `-`, with a letter or `_` first")
            return nil
        }
        if let first = given[id] {
            problems.add(
                "two steps have the id `\(id)`: here and in line \(first.line)", at: node.mark,
                help: "give one of them another id")
        } else {
            given[id] = node.mark
        }
        return id
    }

    /// Reads the steps that replace a kind's own rollback. They come after all others, so that those keep their ids.
    mutating func readRollbacks(of drafts: inout [StepDraft]) {
        for index in drafts.indices {
            guard let steps = drafts[index].keys.rollback?["steps"] else { continue }
            drafts[index].rollbackSteps = read(steps, "`rollback.steps`", in: .rollback)
        }
    }

    /// Finds ids in the file that were also given to steps without one.
    func checkIDs(of drafts: [StepDraft]) {
        for draft in drafts.flatMap({ [$0] + $0.rollbackSteps }) where draft.isAutomaticID {
            guard let mark = given[draft.id] else { continue }
            problems.add(
                "the id `\(draft.id)` is already the default id of the step in line \(draft.mark.line)",
                at: mark, help: "give one of them another id")
        }
    }
}
