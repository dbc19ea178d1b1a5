/// The fields of one mapping while it is read: unique keys, `<<` merged.
struct FieldList {
    private var own: [Node.Field] = []
    private var places: [String: SourceMark] = [:]
    private var merged: [Node.Field] = []

    mutating func add(_ field: Node.Field, _ problems: ProblemList) {
        if let first = places[field.key] {
            problems.add(
                "`\(field.key)` is given twice in one mapping: here and in line \(first.line), column \(first.column)",
                at: field.keyMark, help: "keep one of the two")
        } else {
            places[field.key] = field.keyMark
            own.append(field)
        }
    }

    /// Merges a mapping, or a list of mappings of which the first wins.
    mutating func merge(_ node: Node, _ problems: ProblemList) {
        switch node.content {
        case .mapping(let fields): merged += fields
        case .sequence(let nodes) where nodes.allSatisfy({ $0.fields != nil }):
            merged += nodes.flatMap { $0.fields ?? [] }
        case .null: break
        default:
            problems.add(
                "`<<` merges a mapping or a list of mappings, not \(node.describedKind)", at: node.mark,
                help: "write `<<: *name`, where `&name` marks a mapping above")
        }
    }

    /// All fields; own keys win over merged ones.
    var all: [Node.Field] {
        var known = Set(own.map(\.key))
        return own + merged.filter { known.insert($0.key).inserted }
    }
}
