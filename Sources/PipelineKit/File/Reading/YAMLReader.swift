internal import Yams

/// Reads YAML into nodes, under limits that make a hostile file cheap to refuse.
struct YAMLReader {
    /// Of nodes, after aliases are followed.
    static let mostNodes = 10_000
    static let deepest = 32
    /// A rough bound on the nodes of the text itself, so that the parser is not handed a million of them.
    private static let mostIndicators = 60_000

    let source: SourceText
    let problems: ProblemList

    /// - Returns: the root, or nil after adding to `problems` why there is none. Problems can also come with a root.
    func read() -> Node? {
        let indicators = countIndicators()
        guard indicators <= Self.mostIndicators else {
            problems.add(
                "the file has too many values to be a pipeline (more than \(Self.mostNodes))", at: nil,
                help: "move long scripts and lists into files of their own")
            return nil
        }
        var standIn = StandIn(source)
        // Each pair of equal keys costs another pass: many of them are followed in a small file only.
        var passes = Self.mostIndicators / max(indicators, 1)
        while true {
            passes -= 1
            do {
                // The parser must live as long as the nodes: they hold their anchors weakly.
                // It guesses no types: the converter reads a scalar by the type that is expected.
                let parser = try Yams.Parser(yaml: standIn.text, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else { return nil }
                return withExtendedLifetime(parser) {
                    var converter = NodeConverter(source: source, standIn: standIn, problems: problems)
                    return converter.convert(root: root)
                }
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                let mark = SourceMark(context.mark)
                if passes > 0, standIn.renameKey(at: mark) { continue }
                problems.add("this key stands twice in one mapping", at: mark, help: "keep one of the two")
                return nil
            } catch {
                YAMLFault(error, in: source).report(to: problems)
                return nil
            }
        }
    }

    /// Each node of a YAML text has one of these before it.
    private func countIndicators() -> Int {
        source.text.utf8.count { byte in
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ":"), UInt8(ascii: "-"),
                UInt8(ascii: "?"), UInt8(ascii: "\n"):
                true
            default: false
            }
        }
    }
}

extension SourceMark {
    init(_ mark: Yams.Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}
