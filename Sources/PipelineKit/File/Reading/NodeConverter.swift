internal import Yams

/// Turns the parser's nodes into ours: follows aliases, merges `<<`, and holds the limits.
struct NodeConverter {
    let source: SourceText
    let standIn: StandIn
    let problems: ProblemList

    fileprivate var anchors: [String: Measured] = [:]
    private var count = 0
    private var isOverLimit = false
    /// Whether an alias leads nowhere, so that what stands in its place says nothing of the rest of the file.
    private var isBroken = false
    /// Names of the nodes that are being read.
    private var open: [String] = []

    /// A node with what it costs to walk over it, aliases followed.
    fileprivate struct Measured {
        var node: Node
        var count = 1
        var height = 1
    }

    init(source: SourceText, standIn: StandIn, problems: ProblemList) {
        self.source = source
        self.standIn = standIn
        self.problems = problems
    }

    mutating func convert(root: Yams.Node) -> Node? {
        let node = convert(root, depth: 1).node
        return isOverLimit || isBroken ? nil : node
    }

    private mutating func convert(_ yaml: Yams.Node, depth: Int) -> Measured {
        let mark = yaml.mark.map { SourceMark($0) } ?? SourceMark(line: 1, column: 1)
        guard !isOverLimit, within(depth: depth, count: 1, at: mark) else {
            return Measured(node: Node(Node.Content.null, at: mark))
        }
        var measured: Measured
        let anchor: Anchor?
        switch yaml {
        case .scalar(let scalar):
            if scalar.style == .plain, scalar.string.unicodeScalars.first == StandIn.star {
                return follow(scalar, at: mark, depth: depth)
            }
            measured = Measured(node: convert(scalar, at: mark))
            anchor = scalar.anchor
        case .sequence(let sequence):
            refuseTag(sequence.tag, at: mark)
            anchor = sequence.anchor
            measured = inside(anchor) { $0.convert(sequence, at: mark, depth: depth) }
        case .mapping(let mapping):
            refuseTag(mapping.tag, at: mark)
            anchor = mapping.anchor
            measured = inside(anchor) { $0.convert(mapping, at: mark, depth: depth) }
        case .alias:
            // The parser resolves aliases before it gives nodes out, and is shown none.
            return Measured(node: Node(Node.Content.null, at: mark))
        }
        if let anchor { anchors[standIn.restore(anchor.rawValue)] = measured }
        return measured
    }

    private mutating func inside(_ anchor: Anchor?, _ convert: (inout Self) -> Measured) -> Measured {
        if let anchor { open.append(standIn.restore(anchor.rawValue)) }
        defer { if anchor != nil { open.removeLast() } }
        return convert(&self)
    }

    /// Notes the first limit that is passed; what comes after it is not looked at any more.
    private mutating func within(depth: Int, count more: Int, at mark: SourceMark) -> Bool {
        count += more
        if depth > YAMLReader.deepest {
            problems.add("values are nested deeper than \(YAMLReader.deepest)", at: mark)
            isOverLimit = true
        } else if count > YAMLReader.mostNodes {
            problems.add("the file has more than \(YAMLReader.mostNodes) values, aliases followed", at: mark)
            isOverLimit = true
        }
        return !isOverLimit
    }

    private mutating func follow(_ scalar: Yams.Node.Scalar, at mark: SourceMark, depth: Int) -> Measured {
        let name = standIn.restore(String(String.UnicodeScalarView(scalar.string.unicodeScalars.dropFirst())))
        if scalar.anchor == nil, let target = anchors[name] {
            _ = within(depth: depth + target.height - 1, count: target.count - 1, at: mark)
            return target
        }
        isBroken = true
        if scalar.anchor == nil, open.contains(name) {
            problems.add(
                "the alias `*\(name)` stands inside of what `&\(name)` marks", at: mark,
                help: "a value cannot hold itself: leave the alias out")
        } else if scalar.anchor == nil, name.unicodeScalars.allSatisfy(StandIn.isInName) {
            problems.add(
                "there is no anchor `&\(name)` before this alias", at: mark,
                help: Suggestion.nearest(to: name, among: anchors.keys).map { "did you mean `*\($0)`?" }
                    ?? "text that starts with `*` must stand in quotes: \"*\(name)\"")
        } else {
            problems.add(
                "an alias is `*` and a name, with nothing before or behind it", at: mark,
                help: "text that starts with `*` must stand in quotes")
        }
        return Measured(node: Node(Node.Content.null, at: mark))
    }

    private func convert(_ scalar: Yams.Node.Scalar, at mark: SourceMark) -> Node {
        let isPlain = scalar.style == .plain
        // A quoted scalar's tag says text, be it written there or not.
        if isPlain || scalar.tag.description != Tag.Name.str.rawValue { refuseTag(scalar.tag, at: mark) }
        let text = standIn.restore(scalar.string)
        if text.unicodeScalars.contains("\0") {
            problems.add("a text contains the character U+0000", at: mark, help: "leave it out")
        }
        return Node(.scalar(text, plain: isPlain), at: mark)
    }

    private func refuseTag(_ tag: Tag, at mark: SourceMark) {
        guard tag.description != Tag.Name.implicit.rawValue else { return }
        problems.add(
            "YAML tags such as `!!str` have no meaning in a pipeline file", at: mark,
            help: "leave it out: a value is read by the type that is expected")
    }

    private mutating func convert(_ sequence: Yams.Node.Sequence, at mark: SourceMark, depth: Int) -> Measured {
        var measured = Measured(node: Node(Node.Content.null, at: mark))
        var nodes: [Node] = []
        for element in sequence where !isOverLimit {
            let child = convert(element, depth: depth + 1)
            nodes.append(child.node)
            measured.add(child)
        }
        measured.node.content = .sequence(nodes)
        return measured
    }

    private mutating func convert(_ mapping: Yams.Node.Mapping, at mark: SourceMark, depth: Int) -> Measured {
        var measured = Measured(node: Node(Node.Content.null, at: mark))
        var fields = FieldList()
        for (yamlKey, yamlValue) in mapping where !isOverLimit {
            let key = readKey(yamlKey)
            let value = convert(yamlValue, depth: depth + 1)
            measured.add(value)
            guard let key else { continue }
            if key.isMerge {
                fields.merge(value.node, problems)
            } else {
                fields.add(Node.Field(key: key.text, keyMark: key.mark, value: value.node), problems)
            }
        }
        measured.node.content = .mapping(fields.all)
        return measured
    }

    private struct Key {
        var text: String
        var mark: SourceMark
        var isMerge: Bool
    }

    private mutating func readKey(_ yaml: Yams.Node) -> Key? {
        let mark = yaml.mark.map { SourceMark($0) } ?? SourceMark(line: 1, column: 1)
        guard case .scalar(let scalar) = yaml,
            scalar.string.unicodeScalars.first != StandIn.star || scalar.style != .plain
        else {
            problems.add("a key must be text", at: mark)
            return nil
        }
        // The parser has compared the keys, and has put the tags that it guessed where the written ones were.
        if source[mark] == "!" {
            problems.add("YAML tags such as `!!str` have no meaning in a pipeline file", at: mark, help: "leave it out")
        }
        if let anchor = scalar.anchor {
            anchors[standIn.restore(anchor.rawValue)] = Measured(node: convert(text: scalar, at: mark))
        }
        let text = standIn.restore(scalar.string)
        if text.isEmpty {
            problems.add("a key is empty", at: mark)
            return nil
        }
        if Template.isOne(text) {
            problems.add("an expression cannot be a key", at: mark, help: "only values may have expressions in them")
            return nil
        }
        return Key(text: text, mark: mark, isMerge: text == "<<" && scalar.style == .plain)
    }

    private func convert(text scalar: Yams.Node.Scalar, at mark: SourceMark) -> Node {
        Node(.scalar(standIn.restore(scalar.string), plain: scalar.style == .plain), at: mark)
    }
}

extension NodeConverter.Measured {
    mutating func add(_ child: Self) {
        // Saturating: a bomb of aliases passes the limit long before, but its count must not trap.
        count = min(count + child.count, YAMLReader.mostNodes + 1)
        height = max(height, child.height + 1)
    }
}
