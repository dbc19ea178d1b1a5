public import PipelineKit
public import Releases

/// Which release is meant.
public enum ReleaseSelection: Hashable, Sendable {
    /// The last good one before the live one.
    case previous
    /// The release that visitors get.
    case live
    /// The one that was made last, live or not.
    case latest
    case version(ReleaseVersion)
}

extension ReleaseSelection: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "`previous`, `live`, `latest` or a version such as `v1.2.3`", schema: ReleaseVersion.shape.schema,
            accepts: ReleaseVersion.shape.accepts)
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> ReleaseSelection? {
        guard case .scalar(let text, plain: _) = node.content else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        switch text {
        case "previous": return .previous
        case "live": return .live
        case "latest": return .latest
        default: return ReleaseVersion.read(node, problems).map { .version($0) }
        }
    }

    public var described: Value {
        switch self {
        case .previous: "previous"
        case .live: "live"
        case .latest: "latest"
        case .version(let version): .text(version.name)
        }
    }
}
