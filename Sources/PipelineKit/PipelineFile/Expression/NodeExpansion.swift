extension Node {
    /// Returns the node with every deferred expression replaced by its value. A result is never scanned for expressions
    /// again.
    ///
    /// - Throws: `ExpressionError`.
    public func expanded(in scope: Scope) throws -> Node {
        switch content {
        case .scalar, .null: return self
        case .sequence(let nodes): return Node(.sequence(try nodes.map { try $0.expanded(in: scope) }), at: mark)
        case .mapping(let fields):
            let expanded = try fields.map {
                Field(key: $0.key, keyMark: $0.keyMark, value: try $0.value.expanded(in: scope))
            }
            return Node(.mapping(expanded), at: mark)
        case .deferred(let text, type: _):
            do {
                let template = try Template(text)
                return Node(of: template, try template.value(in: scope), in: scope, at: mark)
            } catch {
                throw ExpressionError(error, at: mark)
            }
        }
    }

    /// Returns the expanded node as a value; a scalar is text.
    ///
    /// - Throws: `ExpressionError`.
    func expandedValue(in scope: Scope) throws -> Value {
        switch content {
        case .scalar(let text, plain: _): return .text(text)
        case .null: return .null
        case .sequence(let nodes): return .list(try nodes.map { try $0.expandedValue(in: scope) })
        case .mapping(let fields):
            let pairs = try fields.map { ($0.key, try $0.value.expandedValue(in: scope)) }
            return .object(Dictionary(pairs) { first, _ in first })
        case .deferred(let text, type: _):
            do {
                return try Template(text).value(in: scope)
            } catch {
                throw ExpressionError(error, at: mark)
            }
        }
    }
}

extension Template {
    /// Computes the template's value. A single expression keeps its type; inside longer text each becomes text.
    func value(in scope: Scope) throws(ExpressionFault) -> Value {
        if let only { return try only.value(in: scope) }
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let plain): text += plain
            case .expression(let expression): text += try expression.value(in: scope).asText
            }
            try Self.checkLength(of: text, at: nil)
        }
        return .text(text)
    }

    /// The greatest length in bytes of a text that expressions make: a few lines that double each other must not fill
    /// the memory.
    static let longest = 1 << 20

    static func checkLength(of text: String, at offset: Int?) throws(ExpressionFault) {
        guard text.utf8.count > longest else { return }
        throw ExpressionFault(
            "this makes a text of more than \(ByteCount(longest).text)", at: offset,
            help: "put large content into a file, and pass its path")
    }
}
