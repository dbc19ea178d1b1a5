internal import AWS
public import PipelineKit

/// What is dropped from caches after a rollback: paths, or nothing.
public enum RollbackPaths: Hashable, Sendable {
    case off
    case patterns([String])

    public static let everything = RollbackPaths.patterns(["/*"])

    /// None if nothing must be dropped.
    public var patterns: [String] {
        if case .patterns(let patterns) = self { patterns } else { [] }
    }
}

extension RollbackPaths: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "`off`, a path such as `/*`, or a list of paths",
            schema: ["anyOf": [["type": ["string", "boolean"]], ["type": "array", "items": String.shape.schema]]],
            accepts: [.text, .list, .bool])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> RollbackPaths? {
        let wanted: RollbackPaths
        switch node.content {
        // YAML's readers do not agree on whether `off` is a word or a truth value.
        case .scalar("off", plain: _), .scalar("false", plain: true): return .off
        case .scalar(let text, plain: _): wanted = .patterns([text])
        default:
            guard let patterns = [String].read(node, problems) else { return nil }
            wanted = patterns.isEmpty ? .off : .patterns(patterns)
        }
        do throws(CloudFrontError) {
            for pattern in wanted.patterns { _ = try InvalidationPath(pattern: pattern) }
            return wanted
        } catch {
            problems.add(error.message, at: node.mark, help: error.help)
            return nil
        }
    }

    public var described: Value {
        switch self {
        case .off: "off"
        case .patterns(let patterns):
            patterns.count == 1 ? .text(patterns[0]) : .list(patterns.map { .text($0) })
        }
    }
}
