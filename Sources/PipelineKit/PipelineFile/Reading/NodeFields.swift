/// The keys of one mapping while it is read. Each is taken once; those left over are unknown.
struct NodeFields {
    let mark: SourceMark
    private var fields: [Node.Field]
    private var known: [String] = []

    /// - Returns: nil after adding a problem, if the node is not a mapping.
    init?(_ node: Node, _ what: String, help: String? = nil, _ problems: ProblemList) {
        guard let fields = node.fields else {
            problems.add("\(what) must be a mapping, not \(node.describedKind)", at: node.mark, help: help)
            return nil
        }
        mark = node.mark
        self.fields = fields
    }

    mutating func take(_ key: String) -> Node? {
        known.append(key)
        guard let index = fields.firstIndex(where: { $0.key == key }) else { return nil }
        return fields.remove(at: index).value
    }

    /// - Parameters:
    ///   - freePrefix: keys that start with it may hold anything.
    ///   - habits: keys of other tools, with what to write here.
    func refuseRest(
        in what: String, freePrefix: String? = nil, habits: [String: String] = [:], _ problems: ProblemList
    ) {
        for field in fields {
            if let freePrefix, field.key.hasPrefix(freePrefix) { continue }
            problems.add(
                "unknown key `\(field.key)` in \(what)", at: field.keyMark,
                help: habits[field.key] ?? Suggestion.help(for: field.key, among: known))
        }
    }
}
