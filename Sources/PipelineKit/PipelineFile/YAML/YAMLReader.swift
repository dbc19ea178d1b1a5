/// Reads YAML into nodes, under limits that make a hostile file cheap to refuse.
struct YAMLReader {
    /// The greatest number of nodes, after aliases are followed.
    static let mostNodes = 10_000
    static let deepest = 32
    /// The greatest length of text in bytes, after aliases are followed.
    static let mostText = 4 << 20

    let source: SourceText
    let problems: ProblemList

    /// - Returns: the root, or nil after adding to `problems` why there is none; nil without a problem for a file with
    ///   nothing in it. Problems can also come with a root.
    func read() -> Node? {
        guard !isSlowToScan() else { return nil }
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
            case .tooLong(let mark):
                problems.add(
                    "the file has more than \(ByteCount(Self.mostText).text) of text, aliases followed", at: mark,
                    help: "move long texts into files of their own")
            case .tooMany(let mark):
                problems.add(
                    "the file has more than \(Self.mostNodes) values, aliases followed", at: mark,
                    help: "move long scripts and lists into files of their own")
            }
            return nil
        }
    }

    /// True, after adding a problem, if libyaml would be slow. It compares each `%TAG` line with all before it, and for
    /// every word it clears all blanks that it has seen in a row.
    private func isSlowToScan() -> Bool {
        var (tags, emptyLines) = (0, 0)
        for (row, line) in source.lines.enumerated() {
            if line.starts(with: "%TAG".unicodeScalars) { tags += 1 }
            emptyLines = line.allSatisfy(Self.isBlank) ? emptyLines + 1 : 0
            var blanks = 0
            for (column, scalar) in line.enumerated() {
                blanks = Self.isBlank(scalar) ? blanks + 1 : 0
                if blanks > Self.mostInARow {
                    problems.add(
                        "there are more than \(Self.mostInARow) blanks in a row",
                        at: SourceMark(line: row + 1, column: column + 1), help: "remove them")
                    return true
                }
            }
            if tags > Self.mostTagLines || emptyLines > Self.mostInARow {
                problems.add(
                    tags > Self.mostTagLines
                        ? "there are more than \(Self.mostTagLines) `%TAG` lines"
                        : "there are more than \(Self.mostInARow) empty lines in a row",
                    at: SourceMark(line: row + 1, column: 1), help: "remove them")
                return true
            }
        }
        return false
    }

    private static let mostInARow = 4_096
    private static let mostTagLines = 16

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
}
