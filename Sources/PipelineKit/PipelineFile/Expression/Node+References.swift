extension Node {
    /// Every path in the expressions that are not computed yet, such as `steps`, `tag`, `outputs`, `version`.
    public var paths: [[String]] {
        switch content {
        case .scalar, .null: []
        case .sequence(let nodes): nodes.flatMap(\.paths)
        case .mapping(let fields): fields.flatMap(\.value.paths)
        case .deferred(let text, type: _): (try? Template(text).expressions.flatMap(\.references).map(\.path)) ?? []
        }
    }
}

extension PipelineStep {
    /// Every path that the step's options, variables and condition use.
    var paths: [[String]] {
        ([options] + environment.map(\.value)).flatMap(\.paths) + condition.expression.references.map(\.path)
    }
}
