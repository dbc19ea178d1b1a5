/// What a pipeline file says by itself, read without a check: also of a file that is wrong, or whose inputs have no
/// value yet.
public struct PipelineOutline: Sendable {
    /// The declared inputs that can be read.
    public let inputs: [PipelineInput]
    private let root: Node

    /// - Returns: nil if the bytes are no YAML, or no mapping.
    public init?(bytes: [UInt8]) {
        let problems = ProblemList()
        guard let source = SourceText.read(bytes, problems),
            let root = YAMLReader(source: source, problems: problems).read(), root.fields != nil
        else { return nil }
        self.root = root
        inputs = InputsReader(given: [:], environment: [:], problems: problems).read(root["inputs"])
    }

    /// The text of an option: from the file's `with`, else from the first of its steps that sets it.
    ///
    /// - Returns: nil if nothing sets it, or an expression does.
    public func text(ofOption name: String) -> String? {
        guard case .scalar(let text, plain: _) = value(ofOption: name)?.content, !Template.isOne(text) else {
            return nil
        }
        return text
    }

    /// True if the file sets an option, by a text or by an expression.
    public func sets(_ name: String) -> Bool { value(ofOption: name) != nil }

    private func value(ofOption name: String) -> Node? {
        if let value = root["with"]?[name] { return value }
        guard case .sequence(let steps)? = root["steps"]?.content else { return nil }
        return steps.lazy.compactMap { $0["with"]?[name] }.first
    }
}
