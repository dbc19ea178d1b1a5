/// Reads YAML into nodes, under limits that make a hostile file cheap to refuse.
struct YAMLReader {
    /// Of nodes, after aliases are followed.
    static let mostNodes = 10_000
    static let deepest = 32

    let source: SourceText
    let problems: ProblemList

    /// - Returns: the root, or nil after adding to `problems` why there is none; nil without a problem for a file with
    ///   nothing in it. Problems can also come with a root.
    func read() -> Node? {
        var composer = NodeComposer(source, problems)
        do throws(NodeComposer.Stop) {
            return try composer.compose()
        } catch {
            switch error {
            case .syntax(let error): YAMLFault(error, in: source).report(to: problems)
            case .secondDocument(let mark):
                problems.add(
                    "a second YAML document starts here", at: mark,
                    help: "a pipeline file is one document: put the other into a file of its own")
            case .tooDeep(let mark): problems.add("values are nested deeper than \(Self.deepest)", at: mark)
            case .tooMany(let mark):
                problems.add(
                    "the file has more than \(Self.mostNodes) values, aliases followed", at: mark,
                    help: "move long scripts and lists into files of their own")
            }
            return nil
        }
    }
}
