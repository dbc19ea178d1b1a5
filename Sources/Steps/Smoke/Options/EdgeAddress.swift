internal import HTTP
internal import PipelineKit

/// The address to connect to, instead of the one that the name resolves to: `host:port:address`.
struct EdgeAddress: Hashable, OptionValue {
    let override: ResolveOverride

    static var shape: OptionShape {
        OptionShape(
            "a `host:port:address` such as `www.example.com:443:192.0.2.7`",
            schema: ["type": "string", "pattern": "^[A-Za-z0-9._-]+:[0-9]+:[\\[\\]A-Za-z0-9.:_%-]+$"],
            accepts: [.text])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> EdgeAddress? {
        guard case .scalar(let text, plain: _) = node.content, let override = ResolveOverride(text) else {
            problems.add("expected \(shape.name), found \(node.shown)", at: node.mark)
            return nil
        }
        return EdgeAddress(override: override)
    }

    var described: Value { .text("\(override.host):\(override.port):\(override.address)") }
}
