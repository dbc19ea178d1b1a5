/// An expression as states: each takes one character and continues with the next state, or leads elsewhere.
final class Program: Sendable {
    enum Instruction: Hashable, Sendable {
        /// The index of one of `symbols`' sets.
        case take(Int)
        case split(Int, Int)
        case jump(Int)
        case assertion(Assertion)
        case found
    }

    /// An expression of 16,384 characters needs no more, unless it counts: `a{1,100}` has 200.
    static let largest = 32_768

    let instructions: [Instruction]
    let symbols: SymbolTable
    let hasAssertions: Bool

    init(of node: Node) throws(RegularExpressionError) {
        guard node.size < Self.largest else {
            throw .init(
                "is too large: with its repetitions written out, it has more than \(Self.largest) parts",
                help: "repeat less: `+` instead of `{1,1000}`")
        }
        var compiler = Compiler()
        compiler.add(node)
        compiler.instructions.append(.found)
        instructions = compiler.instructions
        let assertions = Set(compiler.instructions.compactMap { if case .assertion(let one) = $0 { one } else { nil } })
        hasAssertions = !assertions.isEmpty
        let hasWords = !assertions.isDisjoint(with: [.wordBoundary, .noWordBoundary])
        let hasLines = !assertions.isDisjoint(with: [.lineStart, .lineEnd])
        symbols = SymbolTable(
            compiler.sets, words: hasWords ? .word : ScalarSet(), lineEnds: hasLines ? .lineEnd : ScalarSet())
    }

    private struct Compiler {
        var instructions: [Instruction] = []
        var sets: [ScalarSet] = []
        private var numbers: [ScalarSet: Int] = [:]

        mutating func add(_ node: Node) {
            switch node {
            case .empty: break
            case .scalar(let set): instructions.append(.take(number(of: set)))
            case .assertion(let assertion): instructions.append(.assertion(assertion))
            case .sequence(let nodes): for node in nodes { add(node) }
            case .alternatives(let nodes): addAlternatives(nodes)
            case .repeated(let node, let least, let most):
                for _ in 0..<least { add(node) }
                guard let most else { return addAnyNumber(of: node) }
                var splits: [Int] = []
                for _ in least..<most {
                    splits.append(reserve())
                    add(node)
                }
                // Each split leads into its copy, or past all that are left.
                for split in splits { instructions[split] = .split(split + 1, instructions.count) }
            }
        }

        private mutating func addAlternatives(_ nodes: [Node]) {
            var exits: [Int] = []
            for node in nodes.dropLast() {
                let split = reserve()
                add(node)
                exits.append(reserve())
                instructions[split] = .split(split + 1, instructions.count)
            }
            if let last = nodes.last { add(last) }
            for exit in exits { instructions[exit] = .jump(instructions.count) }
        }

        private mutating func addAnyNumber(of node: Node) {
            let split = reserve()
            add(node)
            instructions.append(.jump(split))
            instructions[split] = .split(split + 1, instructions.count)
        }

        private mutating func reserve() -> Int {
            instructions.append(.found)
            return instructions.count - 1
        }

        private mutating func number(of set: ScalarSet) -> Int {
            if let known = numbers[set] { return known }
            sets.append(set)
            numbers[set] = sets.count - 1
            return sets.count - 1
        }
    }
}
