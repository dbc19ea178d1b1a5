/// Composes nodes from the parser's events: follows aliases, merges `<<`, and enforces the limits.
struct NodeComposer: ~Copyable {
    /// The reason why reading stops.
    enum Stop: Error {
        case syntax(YAMLSyntaxError)
        case secondDocument(SourceMark)
        case tooDeep(SourceMark)
        case tooMany(SourceMark)
        case tooLong(SourceMark)
    }

    private let problems: ProblemList
    private var parser: YAMLParser
    private var anchors: [String: Measured] = [:]
    /// The anchors of the collections that are being read.
    private var open: [String] = []
    private var (count, bytes) = (0, 0)
    /// True if an alias has no target. What replaces it then says nothing about the rest of the file.
    private var isBroken = false

    /// A node with the cost of a walk over it, aliases followed.
    fileprivate struct Measured {
        var node: Node
        var count = 1
        var height = 1
        /// The bytes of its texts.
        var bytes = 0
    }

    init(_ source: SourceText, _ problems: ProblemList) {
        self.problems = problems
        parser = YAMLParser(source.text)
    }

    /// - Returns: the root; nil if there is none, or if it is not what the file means, as `problems` then says.
    mutating func compose() throws(Stop) -> Node? {
        guard case .documentStart = try next().kind else { return nil }
        let root = try compose(next(), depth: 1).node
        _ = try next()
        let after = try next()
        guard case .streamEnd = after.kind else { throw .secondDocument(after.mark) }
        return isBroken ? nil : root
    }

    private mutating func next() throws(Stop) -> YAMLEvent {
        do { return try parser.next() } catch { throw .syntax(error) }
    }

    private mutating func compose(_ event: YAMLEvent, depth: Int) throws(Stop) -> Measured {
        try hold(depth: depth, count: 1, at: event.mark)
        if case .alias(let name) = event.kind { return try follow(name, at: event.mark, depth: depth) }
        refuseTag(of: event)
        var measured = Measured(node: Node(Node.Content.null, at: event.mark))
        if case .scalar(let text, let isPlain) = event.kind {
            measured.node = node(text, isPlain: isPlain, at: event.mark)
            measured.bytes = text.utf8.count
            bytes += measured.bytes
            if let anchor = event.anchor { anchors[anchor] = measured }
            return measured
        }
        if let anchor = event.anchor {
            open.append(anchor)
            anchors[anchor] = nil
        }
        if case .sequenceStart = event.kind {
            try readSequence(into: &measured, depth: depth)
        } else {
            try readMapping(into: &measured, depth: depth)
        }
        if let anchor = event.anchor {
            open.removeLast()
            // An alias refers to the node that was marked last, which may be one inside this one.
            if anchors[anchor] == nil { anchors[anchor] = measured }
        }
        return measured
    }

    private mutating func hold(
        depth: Int, count more: Int, bytes moreBytes: Int = 0, at mark: SourceMark
    ) throws(Stop) {
        (count, bytes) = (count + more, bytes + moreBytes)
        if depth > YAMLReader.deepest { throw .tooDeep(mark) }
        if count > YAMLReader.mostNodes { throw .tooMany(mark) }
        if bytes > YAMLReader.mostText { throw .tooLong(mark) }
    }

    private mutating func follow(_ name: String, at mark: SourceMark, depth: Int) throws(Stop) -> Measured {
        if let target = anchors[name] {
            try hold(depth: depth + target.height - 1, count: target.count - 1, bytes: target.bytes, at: mark)
            return target
        }
        if open.contains(name) {
            problems.add(
                "the alias `*\(name)` is inside what `&\(name)` marks", at: mark,
                help: "a value cannot contain itself: remove the alias")
        } else {
            // Suggestions are searched only for problems that are shown.
            let isShown = problems.problems.count < ProblemReport.most
            let near = isShown ? Suggestion.nearest(to: name, among: anchors.keys.sorted()) : nil
            problems.add(
                "there is no anchor `&\(name)` before this alias", at: mark,
                help: near.map { "did you mean `*\($0)`?" }
                    ?? "put text that starts with `*` in quotes: \"*\(name)\"")
        }
        isBroken = true
        return Measured(node: Node(Node.Content.null, at: mark))
    }

    private func node(_ text: String, isPlain: Bool, at mark: SourceMark) -> Node {
        if text.utf8.contains(0) {
            problems.add("a text contains the character U+0000", at: mark, help: "remove it")
        }
        return Node(.scalar(text, plain: isPlain), at: mark)
    }

    private func refuseTag(of event: YAMLEvent) {
        guard event.hasTag else { return }
        problems.add(
            "YAML tags such as `!!str` are not supported in a pipeline file", at: event.mark,
            help: "remove it: a value is read by the type that is expected")
    }

    private mutating func readSequence(into measured: inout Measured, depth: Int) throws(Stop) {
        var nodes: [Node] = []
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind { break }
            let child = try compose(event, depth: depth + 1)
            nodes.append(child.node)
            measured.add(child)
        }
        measured.node.content = .sequence(nodes)
    }

    private mutating func readMapping(into measured: inout Measured, depth: Int) throws(Stop) {
        var fields = FieldList()
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { break }
            let key = try readKey(event, depth: depth)
            let value = try compose(next(), depth: depth + 1)
            measured.add(value)
            guard let key else { continue }
            if key.isMerge {
                fields.merge(value.node, problems)
            } else {
                fields.add(Node.Field(key: key.text, keyMark: event.mark, value: value.node), problems)
            }
        }
        measured.node.content = .mapping(fields.all)
    }

    private mutating func readKey(
        _ event: YAMLEvent, depth: Int
    ) throws(Stop) -> (text: String, isMerge: Bool)? {
        guard case .scalar(let text, let isPlain) = event.kind else {
            problems.add("a key must be text", at: event.mark)
            if case .alias = event.kind { return nil }
            _ = try compose(event, depth: depth + 1)
            return nil
        }
        refuseTag(of: event)
        if let anchor = event.anchor {
            anchors[anchor] = Measured(node: Node(.scalar(text, plain: isPlain), at: event.mark))
        }
        if text.isEmpty {
            problems.add("a key is empty", at: event.mark)
            return nil
        }
        if Template.isOne(text) {
            problems.add(
                "an expression cannot be a key", at: event.mark, help: "only values may have expressions in them")
            return nil
        }
        return (text, isMerge: text == "<<" && isPlain)
    }
}

extension NodeComposer.Measured {
    mutating func add(_ child: Self) {
        // Saturating: a bomb of aliases passes the limit long before, but its count must not trap.
        count = min(count + child.count, YAMLReader.mostNodes + 1)
        height = max(height, child.height + 1)
        bytes = min(bytes + child.bytes, YAMLReader.mostText + 1)
    }
}
