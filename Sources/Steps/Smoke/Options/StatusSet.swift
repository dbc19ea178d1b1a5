internal import PipelineKit

/// The statuses that a check accepts: `200`, `200-299`, or a list of such.
struct StatusSet: Hashable, OptionValue, CustomStringConvertible {
    var ranges: [StatusRange]

    static let ok = StatusSet(ranges: [StatusRange(200...200)])

    func contains(_ status: Int) -> Bool { ranges.contains { $0.bounds.contains(status) } }

    var description: String { ranges.map(\.description).joined(separator: " or ") }

    static var shape: OptionShape {
        let one = StatusRange.shape.orExpression
        return OptionShape(
            "a status such as `200`, a range such as `200-299`, or a list of them",
            schema: ["anyOf": [one, ["type": "array", "items": one, "minItems": 1]]],
            accepts: [.integer, .text, .list])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> StatusSet? {
        guard case .sequence(let nodes) = node.content else {
            return StatusRange.read(node, problems).map { StatusSet(ranges: [$0]) }
        }
        guard !nodes.isEmpty else {
            problems.add("expected \(shape.name), found an empty list", at: node.mark)
            return nil
        }
        return [StatusRange].read(node, problems).map { StatusSet(ranges: $0) }
    }

    var described: Value {
        ranges.count == 1 ? ranges[0].described : .list(ranges.map(\.described))
    }
}

struct StatusRange: Hashable, OptionValue, CustomStringConvertible {
    var bounds: ClosedRange<Int>

    init(_ bounds: ClosedRange<Int>) {
        self.bounds = bounds
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.count == 3 ? Int(part) : nil }
        guard parts.count <= 2, numbers.count == parts.count, let low = numbers.first, let high = numbers.last,
            low >= 100, high <= 599, low <= high
        else { return nil }
        bounds = low...high
    }

    var description: String {
        bounds.count == 1 ? "\(bounds.lowerBound)" : "\(bounds.lowerBound)-\(bounds.upperBound)"
    }

    static var shape: OptionShape {
        OptionShape(
            "a status such as `200`, or a range such as `200-299`",
            schema: [
                "type": ["integer", "string"], "minimum": 100, "maximum": 599,
                "pattern": "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$",
            ],
            accepts: [.integer, .text])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> StatusRange? {
        if case .scalar(let text, plain: _) = node.content, let range = StatusRange(text) { return range }
        problems.add("expected \(shape.name), found \(node.shown)", at: node.mark)
        return nil
    }

    var described: Value { bounds.count == 1 ? .integer(bounds.lowerBound) : .text(description) }
}

extension Node {
    /// For a problem: the text itself, or the kind of value it is instead.
    var shown: String {
        if case .scalar(let text, plain: _) = content, !text.isEmpty { "`\(text)`" } else { describedKind }
    }
}
