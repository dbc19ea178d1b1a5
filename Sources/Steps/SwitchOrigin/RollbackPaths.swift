public import AWS
public import PipelineKit

/// What a rollback drops from caches: paths, or nothing.
public enum RollbackPaths: Hashable, Sendable {
    case off
    case patterns([String])

    public static let everything = RollbackPaths.patterns(["/*"])

    /// The paths to drop; nil if there are none.
    ///
    /// - Throws: `CloudFrontError` `invalidInvalidationPath`.
    public var paths: [InvalidationPath]? {
        get throws(CloudFrontError) {
            guard case .patterns(let patterns) = self else { return nil }
            var paths: [InvalidationPath] = []
            for pattern in patterns { paths.append(try InvalidationPath(pattern: pattern)) }
            return paths
        }
    }
}

extension RollbackPaths: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "`off`, a path such as `/*`, or a list of paths",
            schema: ["anyOf": [["type": ["string", "boolean"]], ["type": "array", "items": ["type": "string"]]]],
            accepts: [.text, .list, .bool])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> RollbackPaths? {
        let wanted: RollbackPaths
        switch node.content {
        // YAML readers disagree on whether `off` is a word or a Boolean.
        case .scalar("off", plain: _), .scalar("false", plain: true): return .off
        case .scalar(let text, plain: _): wanted = .patterns([text])
        default:
            guard let patterns = [String].read(node, problems) else { return nil }
            wanted = patterns.isEmpty ? .off : .patterns(patterns)
        }
        do throws(CloudFrontError) {
            _ = try wanted.paths
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
