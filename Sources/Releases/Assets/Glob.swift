public import PipelineKit

/// A pattern for keys: `*`, `**`, `?`, `[…]` and `{a,b}`, matched on the whole key.
///
/// `*`, `?` and `[…]` stay inside one part of the key; `**` crosses `/`, and `**/` also matches nothing. A backslash
/// takes the next character as it is. Keys are compared scalar by scalar: two spellings of one letter differ.
///
/// Matching takes time in proportion to the length of the key times that of the pattern, whatever the pattern.
public struct Glob: Sendable, CustomStringConvertible {
    public let pattern: String
    private let program: [GlobInstruction]
    /// What every match ends with: most keys are refused by this alone.
    private let ending: [UInt8]

    /// - Throws: `StepError` `bad-pattern`, which says what is wrong with it.
    public init(_ pattern: String) throws {
        var compiler = GlobCompiler(pattern)
        program = try compiler.compile()
        ending = GlobCompiler.literalEnding(of: program)
        self.pattern = pattern
    }

    public var description: String { pattern }

    public func matches(_ key: String) -> Bool {
        guard hasEnding(key.utf8) else { return false }
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4 * program.count) { memory in
            memory.initialize(repeating: -1)
            return run(on: key.unicodeScalars, memory)
        }
    }

    private func hasEnding(_ key: String.UTF8View) -> Bool {
        guard key.count >= ending.count else { return false }
        return key.suffix(ending.count).elementsEqual(ending)
    }

    /// Follows all ways through the program at once: a state is entered at most once per position.
    private func run(on scalars: String.UnicodeScalarView, _ memory: UnsafeMutableBufferPointer<Int32>) -> Bool {
        let count = program.count
        var now = States(memory, at: 0, count)
        var next = States(memory, at: count, count)
        // Per state, the position at which it was entered last.
        let entered = UnsafeMutableBufferPointer(rebasing: memory[(2 * count)..<(3 * count)])
        let pending = UnsafeMutableBufferPointer(rebasing: memory[(3 * count)..<(4 * count)])
        var position: Int32 = 0
        enter(0, at: position, &now, entered, pending)
        for scalar in scalars {
            guard now.count > 0 else { return false }
            position += 1
            next.count = 0
            for index in 0..<now.count {
                let state = Int(now.list[index])
                if program[state].takes(scalar) { enter(state + 1, at: position, &next, entered, pending) }
            }
            swap(&now, &next)
        }
        return (0..<now.count).contains { program[Int(now.list[$0])] == .end }
    }

    private struct States {
        let list: UnsafeMutableBufferPointer<Int32>
        var count = 0

        init(_ memory: UnsafeMutableBufferPointer<Int32>, at start: Int, _ capacity: Int) {
            list = UnsafeMutableBufferPointer(rebasing: memory[start..<(start + capacity)])
        }
    }

    /// Adds a state and all states that are reached from it without taking a character.
    private func enter(
        _ first: Int, at position: Int32, _ states: inout States, _ entered: UnsafeMutableBufferPointer<Int32>,
        _ pending: UnsafeMutableBufferPointer<Int32>
    ) {
        var depth = 0
        func push(_ state: Int) {
            guard entered[state] != position else { return }
            entered[state] = position
            pending[depth] = Int32(state)
            depth += 1
        }
        push(first)
        while depth > 0 {
            depth -= 1
            let state = Int(pending[depth])
            switch program[state] {
            case .jump(let target): push(target)
            case .split(let one, let other):
                push(one)
                push(other)
            default:
                states.list[states.count] = Int32(state)
                states.count += 1
            }
        }
    }
}

extension Glob: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a pattern such as `assets/**` or `**/*.{css,js}`",
            schema: [
                "type": ["string", "number", "boolean"],
                // A `{` in brackets needs no `}`, and then the `]` is there.
                "pattern": #"^(?!/)(?:\\[\s\S]|\[(?=[\s\S]*\])|\{(?=[\s\S]*[}\]])|[^\\\[{])+$"#,
            ], accepts: [.text])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> Glob? {
        guard case .scalar(let text, plain: _) = node.content else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        do {
            return try Glob(text)
        } catch let error as StepError {
            problems.add(error.message, at: node.mark, help: error.help)
        } catch {
            problems.add("\(error)", at: node.mark)
        }
        return nil
    }

    public var described: Value { .text(pattern) }
}

extension [Glob] {
    public func matchAny(_ key: String) -> Bool {
        contains { $0.matches(key) }
    }
}
