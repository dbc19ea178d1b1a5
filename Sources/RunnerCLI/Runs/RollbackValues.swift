internal import PipelineKit

/// What a deploy's options become in a pipeline that goes to another release: values, or expressions if they have a
/// secret.
struct RollbackValues {
    private let found: DeployReader.Found
    /// Names that the expressions which stay as they are need of the file.
    private(set) var inputs: Set<String> = []
    private(set) var variables: Set<String> = []
    private(set) var secrets: Set<String> = []

    init(of found: DeployReader.Found) { self.found = found }

    /// A value that only the live release has.
    struct UnknownOfTarget: Error {
        var path: String
    }

    /// Options that say where to look, and not what must be there.
    private static let places: Set<String> = ["url", "resolve", "request-headers"]
    /// Stand for the version and the commit of the release to come while expressions are computed.
    private static let (version, commit) = ("\u{F0000}", "\u{F0001}")

    private func isVersion(_ value: Value) -> Bool {
        guard case .text(let text) = value else { return false }
        return found.deploy.switches.contains { $0.version == text }
    }

    /// Replaces the deploy's version if it is a word of the text. One that could be any number must be the whole text.
    private func withTarget(_ text: String) -> String {
        for version in found.deploy.switches.compactMap(\.version) {
            if text == version { return Self.version }
            guard version.contains(where: \.isLetter) else { continue }
            let parts = text.split(separator: version, omittingEmptySubsequences: false)
            guard let first = parts.first, parts.count > 1 else { continue }
            return parts.dropFirst().reduce(String(first)) { whole, part in
                let isWord = whole.last.map(Self.isPartOfWord) != true && part.first.map(Self.isPartOfWord) != true
                return whole + (isWord ? Self.version : version) + part
            }
        }
        return text
    }

    private static func isPartOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }

    /// The deploy's own scope, in which its version and commit are those of the release to come.
    func scopeOfTarget() throws -> Scope {
        var pipeline = found.pipeline
        for index in pipeline.inputs.indices where isVersion(pipeline.inputs[index].value) {
            pipeline.inputs[index].value = .text(Self.version)
        }
        var scope = try pipeline.scope(
            runID: found.entry.id, secrets: [:], environment: found.scope.environment)
        scope.steps = found.scope.steps.mapValues { result in
            var result = result
            for (name, value) in result.outputs {
                if isVersion(value) { result.outputs[name] = .text(Self.version) }
                if name == "commit" { result.outputs[name] = .text(Self.commit) }
            }
            return result
        }
        return scope
    }

    /// The options of a check, with the release to come in place of the live one.
    mutating func retargeted(
        _ node: Node, in scope: Scope, isPlace: Bool = false
    ) throws(UnknownOfTarget) -> Node {
        switch node.content {
        case .null: return node
        // Inputs were put in when the file was read.
        case .scalar(let text, plain: let plain):
            return written(
                Node(.scalar(plain && Double(text) != nil ? text : withTarget(text), plain: plain), at: node.mark))
        case .sequence(let nodes):
            var list: [Node] = []
            for node in nodes { list.append(try retargeted(node, in: scope, isPlace: isPlace)) }
            return Node(.sequence(list), at: node.mark)
        case .mapping(let fields):
            var mapping: [Node.Field] = []
            for var field in fields {
                field.value = try retargeted(
                    field.value, in: scope, isPlace: isPlace || Self.places.contains(field.key))
                mapping.append(field)
            }
            return Node(.mapping(mapping), at: node.mark)
        case .deferred:
            let paths = node.paths
            let hasSecret = paths.contains(where: isSecret)
            for path in paths where !isKnown(path, in: scope, isPlace: isPlace, isKept: hasSecret) {
                throw UnknownOfTarget(path: path.joined(separator: "."))
            }
            if hasSecret {
                need(paths)
                return node
            }
            guard let expanded = try? node.expanded(in: scope) else {
                throw UnknownOfTarget(path: paths.first?.joined(separator: ".") ?? "")
            }
            return written(expanded)
        }
    }

    /// True if a path has the same value for the release to come, or one that has its counterpart there.
    ///
    /// - Parameter isKept: whether the expression stays as it is, because its secret must not be in a file.
    private func isKnown(_ path: [String], in scope: Scope, isPlace: Bool, isKept: Bool) -> Bool {
        switch path.first {
        case "steps":
            if isKept { return false }
            guard path.count == 4, let value = scope.steps[path[1]]?.outputs[path[3]] else { return isPlace }
            return isPlace || value == .text(Self.version) || value == .text(Self.commit)
        case "inputs": return !isKept || !(found.scope.inputs[path[1]].map(isVersion) ?? false)
        case "vars": return !isKept || !(found.scope.vars[path[1]].map(isVersion) ?? false)
        default: return true
        }
    }

    private func isSecret(_ path: [String]) -> Bool { path.first == "secrets" }

    /// The options as the deploy had them; a value with a secret in it stays an expression.
    mutating func resolved(_ node: Node) throws -> Node {
        switch node.content {
        case .null: return node
        case .scalar: return written(node)
        case .sequence(let nodes): return Node(.sequence(try nodes.map { try resolved($0) }), at: node.mark)
        case .mapping(let fields):
            var mapping: [Node.Field] = []
            for var field in fields {
                field.value = try resolved(field.value)
                if field.value.content != .null { mapping.append(field) }
            }
            return Node(.mapping(mapping), at: node.mark)
        case .deferred:
            let paths = node.paths
            guard paths.contains(where: isSecret) else { return written(try node.expanded(in: found.scope)) }
            need(paths)
            return node
        }
    }

    /// Notes what an expression that stays as it is needs of the file.
    mutating func need(_ paths: [[String]]) {
        for path in paths where path.count >= 2 {
            switch path[0] {
            case "inputs": inputs.insert(path[1])
            case "vars": variables.insert(path[1])
            case "secrets": secrets.insert(path[1])
            default: break
            }
        }
    }

    /// A value as the file has it: nothing in it is an expression, but for the version and the commit of the release
    /// to come.
    private func written(_ node: Node) -> Node {
        switch node.content {
        case .scalar(let text, plain: _):
            let safe = Self.literal(text)
            let target = "steps.\(RollbackPipeline.target).outputs"
            let whole = safe.replacing(Self.version, with: "${{ \(target).version }}")
                .replacing(Self.commit, with: "${{ \(target).commit }}")
            return whole == text ? node : Node(.deferred(expression: whole, type: nil), at: node.mark)
        case .sequence(let nodes): return Node(.sequence(nodes.map(written)), at: node.mark)
        case .mapping(let fields):
            return Node(
                .mapping(fields.map { Node.Field(key: $0.key, keyMark: $0.keyMark, value: written($0.value)) }),
                at: node.mark)
        case .deferred, .null: return node
        }
    }

    private static func literal(_ text: String) -> String { text.replacing("${{", with: "${{ '${{' }}") }
}
