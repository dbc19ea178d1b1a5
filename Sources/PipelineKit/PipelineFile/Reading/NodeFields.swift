/// The keys of one mapping while it is read. Each is taken once.
struct NodeFields {
    let mark: SourceMark
    private var fields: [Node.Field]
    private let known: [String]

    /// Reports the keys that are unknown. One that is most likely a misspelt key is read as that one.
    ///
    /// - Parameters:
    ///   - known: every key that the mapping can have.
    ///   - freePrefix: keys that start with it may hold anything.
    ///   - habits: keys of other tools, with what to write here.
    /// - Returns: nil after adding a problem, if the node is not a mapping.
    init?(
        _ node: Node, _ what: String, known: [String], freePrefix: String? = nil, habits: [String: String] = [:],
        help: String? = nil, _ problems: ProblemList
    ) {
        guard let fields = node.fields else {
            problems.add("\(what) must be a mapping, not \(node.describedKind)", at: node.mark, help: help)
            return nil
        }
        mark = node.mark
        self.known = known
        let read = fields.filter { field in
            habits[field.key] == nil && freePrefix.map { field.key.hasPrefix($0) } != true
        }
        self.fields = KeySpelling(read, among: known).corrected(read.map { Self.withColon($0, known) ?? $0 })
        for field in fields where !known.contains(field.key) {
            if let freePrefix, field.key.hasPrefix(freePrefix) { continue }
            let colon = Self.withColon(field, known).map { "write `\($0.key):`, and what belongs to it under it" }
            problems.add(
                "unknown key `\(field.key)` in \(what)", at: field.keyMark,
                help: habits[field.key] ?? colon ?? Suggestion.help(for: field.key, among: known))
        }
    }

    /// Reads `with source: public` as what it means: an option of the mapping `with`.
    private static func withColon(_ field: Node.Field, _ known: [String]) -> Node.Field? {
        guard let missing = MissingColon(in: field.key, among: known), !missing.rest.isEmpty else { return nil }
        let inner = Node.Field(key: missing.rest, keyMark: field.keyMark, value: field.value)
        return Node.Field(
            key: missing.key, keyMark: field.keyMark, value: Node(.mapping([inner]), at: field.keyMark))
    }

    mutating func take(_ key: String) -> Node? {
        precondition(known.contains(key), "`\(key)` is not among the keys that the mapping can have")
        guard let index = fields.firstIndex(where: { $0.key == key }) else { return nil }
        return fields.remove(at: index).value
    }
}
