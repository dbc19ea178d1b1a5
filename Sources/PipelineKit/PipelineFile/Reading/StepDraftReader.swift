/// Reads lists of steps into drafts, and gives ids to those that have none.
struct StepDraftReader {
    let registry: StepRegistry
    let expressions: ExpressionReader
    /// The ids of steps that could not be read, so that less is known of the others; nil if all could be read.
    private(set) var unread: Set<String>?
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
                help: "start each step with `- uses: <kind>`")
            unread = unread ?? []
            return []
        }
        if nodes.isEmpty {
            problems.add("\(owner) has no step", at: node.mark, help: "start each step with `- uses: <kind>`")
        }
        return nodes.compactMap { draft($0, in: position) }
    }

    private mutating func draft(_ node: Node, in position: StepDraft.Position) -> StepDraft? {
        guard var fields = NodeFields(node, "a step", help: Self.help(for: node), problems), !isKindAsKey(node) else {
            unread = unread ?? []
            return nil
        }
        let id = fields.take("id")
        let kind = kind(fields.take("uses"), of: node)
        let keys = StepKeys(taking: &fields)
        fields.refuseRest(in: "a step", habits: StepKeys.habits, problems)
        let name = id.flatMap { readID($0) } ?? ""
        guard let kind else {
            unread = (unread ?? []).union([name])
            return nil
        }
        let count = counts[kind.name, default: 0] + 1
        counts[kind.name] = count
        return StepDraft(
            id: id == nil ? "\(kind.name)-\(count)" : name, isAutomaticID: id == nil, kind: kind, mark: node.mark,
            position: position, keys: keys)
    }

    private static func help(for node: Node) -> String {
        if case .scalar(let text, plain: _) = node.content, !text.isEmpty { return "write `- uses: \(text)`" }
        return "start each step with `- uses: <kind>`"
    }

    /// Finds `- hash: { … }`, as some other tools have it.
    private func isKindAsKey(_ node: Node) -> Bool {
        guard node["uses"] == nil, let field = node.fields?.first(where: { registry[$0.key] != nil }) else {
            return false
        }
        problems.add(
            "`\(field.key)` is a kind, and stands behind `uses`", at: field.keyMark,
            help: "write `- uses: \(field.key)`, and its options under `with:`")
        return true
    }

    private func kind(_ node: Node?, of step: Node) -> KindDescriptor? {
        guard let node else {
            // If a key of another tool says it, that key is reported instead.
            if step["run"] == nil {
                problems.add(
                    "a step does not say what it does", at: step.mark,
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
                "`\(id)` cannot be the id of a step", at: node.mark,
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
                "the id `\(draft.id)` is the one of the step in line \(draft.mark.line), which has none of its own",
                at: mark, help: "give one of them another id")
        }
    }
}
