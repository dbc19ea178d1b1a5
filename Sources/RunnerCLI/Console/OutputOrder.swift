internal import PipelineKit

/// The outputs of each step in the order in which its kind declares them: those that say most come first.
struct OutputOrder: Sendable {
    private let names: [String: [String]]

    init(_ pipeline: Pipeline) {
        let steps = pipeline.steps + pipeline.finally
        names = Dictionary(steps.map { ($0.id, KindPage($0.kind).outputs.map(\.name)) }) { first, _ in first }
    }

    /// Those that no kind declares come last, by name.
    func sorted(_ outputs: [String: Value], of step: String) -> [(name: String, value: Value)] {
        let declared = names[step] ?? []
        let rest = outputs.keys.filter { !declared.contains($0) }.sorted()
        return (declared + rest).compactMap { name in outputs[name].map { (name, $0) } }
    }
}
