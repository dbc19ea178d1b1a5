/// Collects a step's options: its own, then the file's shared ones, then wires to earlier outputs.
struct OptionSources {
    /// As the file has them.
    private let written: [Node.Field]
    /// With misspelt names as they were meant.
    let shared: [Node.Field]
    /// The names of all options of the file's steps.
    private let taken: [String]
    /// False if a step's kind is not known.
    private let isWhole: Bool

    /// - Parameters:
    ///   - shared: the file's `with`.
    ///   - kinds: those of all steps; nil for one that is not known.
    init(shared: [Node.Field], kinds: [KindDescriptor?], isWhole: Bool) {
        written = shared
        taken = Set(kinds.flatMap { $0?.options.map(\.name) ?? [] }).sorted()
        self.shared = KeySpelling(shared, among: taken).corrected(shared)
        self.isWhole = isWhole
    }

    struct Options {
        var node: Node
        /// The steps that options were wired to, each with the option.
        var wires: [(step: String, option: OptionField)] = []
    }

    func options(
        of kind: KindDescriptor, own: Node?, at mark: SourceMark, _ names: KnownNames, _ problems: ProblemList
    ) -> Options {
        var fields = own?.fields ?? []
        let mark = own?.mark ?? mark
        let ownKeys = Set(KeySpelling(fields, among: kind.options.map(\.name)).corrected(fields).map(\.key))
        var wires: [(step: String, option: OptionField)] = []
        for option in kind.options where !ownKeys.contains(option.name) {
            if let field = shared.first(where: { $0.key == option.name }) {
                fields.append(field)
            } else if option.isWired, option.wiredUnless.map(ownKeys.contains) != true,
                let wire = Self.wire(option.name, names) ?? reportLater(option, at: mark, names, problems)
            {
                let node = Node(.deferred(expression: wire.expression, type: wire.type), at: mark)
                fields.append(Node.Field(key: option.name, keyMark: mark, value: node))
                if let step = wire.step { wires.append((step, option)) }
            }
        }
        return Options(node: Node(.mapping(fields), at: mark), wires: wires)
    }

    private struct Wire {
        /// The step; nil if it could be one of those that could not be read.
        var step: String?
        var expression: String
        var type: ValueType?
    }

    /// Finds the nearest earlier step that has the output.
    private static func wire(_ name: String, _ names: KnownNames) -> Wire? {
        if let source = names.source(of: name) {
            return Wire(
                step: source.step, expression: "${{ steps.\(source.step).outputs.\(name) }}", type: source.type)
        }
        return names.unread == .none ? nil : Wire(expression: "", type: nil)
    }

    /// Reports an option whose output only a later step has: the order is the fault, not a missing output.
    private func reportLater(
        _ option: OptionField, at mark: SourceMark, _ names: KnownNames, _ problems: ProblemList
    ) -> Wire? {
        guard option.isRequired || option.wiredUnless != nil,
            let step = names.laterSteps[option.name]?.first
        else { return nil }
        problems.add(
            "`\(option.name)` comes from the step `\(step)`, which comes later", at: mark,
            help: "move this step after `\(step)`, or set `\(option.name)` here")
        return Wire(expression: "", type: nil)
    }

    /// Finds shared options that no step of the file takes.
    func reportUnused(_ problems: ProblemList) {
        for field in written where !taken.contains(field.key) {
            let nearest = Suggestion.nearest(to: field.key, among: taken)
            // A step whose kind is not known may take it.
            guard isWhole || nearest != nil else { continue }
            problems.add(
                "no step of this file has an option `\(field.key)`", at: field.keyMark,
                help: nearest.map { "did you mean `\($0)`?" }
                    ?? "the file's `with` is shared by the steps: remove what none of them takes")
        }
    }
}

extension KindDescriptor {
    /// Reads and checks options. Returns the outputs, or nil if the options are wrong.
    func check(_ node: Node, _ problems: ProblemList) -> [OutputField]? {
        guard let bound = bind(node, problems) else { return nil }
        if !node.hasDeferred {
            do {
                _ = try bound.open()
            } catch let error as any DescribedError {
                problems.add(error.message, at: node.mark, help: error.help)
                return nil
            } catch {
                problems.add("\(error)", at: node.mark)
                return nil
            }
        }
        precondition(
            bound.namedOutputs.isEmpty || self.namesOutputs,
            "the kind `\(self.name)` has outputs that its options name: it must set `namesOutputs`")
        return outputs + bound.namedOutputs
    }
}

extension Node {
    /// The expressions in it whose value is not known yet.
    var deferredExpressions: [Expression] {
        switch content {
        case .scalar, .null: []
        case .deferred(let text, type: _): (try? Template(text))?.expressions ?? []
        case .sequence(let nodes): nodes.flatMap(\.deferredExpressions)
        case .mapping(let fields): fields.flatMap(\.value.deferredExpressions)
        }
    }

    /// True if a value in the node is known only during a run.
    var hasDeferred: Bool {
        switch content {
        case .scalar, .null: false
        case .deferred: true
        case .sequence(let nodes): nodes.contains(where: \.hasDeferred)
        case .mapping(let fields): fields.contains(where: \.value.hasDeferred)
        }
    }
}
