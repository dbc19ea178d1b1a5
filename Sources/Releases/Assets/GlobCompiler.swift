internal import PipelineKit

/// One state of a compiled pattern. All but the jumps take one character and continue with the next state.
enum GlobInstruction: Equatable, Sendable {
    case scalar(Unicode.Scalar)
    case anyInPart
    case any
    case oneOf([ClosedRange<Unicode.Scalar>], negated: Bool)
    case split(Int, Int)
    case jump(Int)
    case end

    func takes(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .scalar(let own): own == scalar
        case .anyInPart: scalar != "/"
        case .any: true
        case .oneOf(let ranges, let negated): scalar != "/" && ranges.contains { $0.contains(scalar) } != negated
        case .split, .jump, .end: false
        }
    }
}

/// Translates a pattern to states: alternatives become branches, so that `{a,b}{a,b}…` does not multiply.
struct GlobCompiler {
    private let pattern: String
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var program: [GlobInstruction] = []

    static let longest = 1_024
    static let deepest = 8

    init(_ pattern: String) {
        self.pattern = pattern
        scalars = Array(pattern.unicodeScalars)
    }

    mutating func compile() throws -> [GlobInstruction] {
        guard !scalars.isEmpty else { throw wrong("is empty") }
        guard scalars.count <= Self.longest else { throw wrong("is longer than \(Self.longest) characters") }
        guard scalars[0] != "/" else {
            throw wrong("starts with `/`, and no key does", help: "leave the `/` at the start out")
        }
        try sequence(depth: 0)
        program.append(.end)
        return program
    }

    /// The literals just before the end, on every way to it.
    static func literalEnding(of program: [GlobInstruction]) -> [UInt8] {
        var joins: Set<Int> = []
        for instruction in program {
            switch instruction {
            case .split(let one, let other): joins.formUnion([one, other])
            case .jump(let target): joins.insert(target)
            default: break
            }
        }
        var start = program.count - 1
        var ending: [Unicode.Scalar] = []
        while start > 0, !joins.contains(start), case .scalar(let scalar) = program[start - 1] {
            ending.append(scalar)
            start -= 1
        }
        return ending.reversed().flatMap { Array(String($0).utf8) }
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    /// Reads up to the end of the pattern, or of an alternative.
    private mutating func sequence(depth: Int) throws {
        while let scalar = next {
            if depth > 0, scalar == "," || scalar == "}" { return }
            position += 1
            switch scalar {
            case "*": stars()
            case "?": program.append(.anyInPart)
            case "[": try characterClass()
            case "{": try alternatives(depth: depth + 1)
            case "\\":
                guard let escaped = next else { throw wrong("ends with a backslash") }
                position += 1
                program.append(.scalar(escaped))
            default: program.append(.scalar(scalar))
            }
        }
    }

    private mutating func stars() {
        let startsPart = position == 1 || "/{,".unicodeScalars.contains(scalars[position - 2])
        var count = 1
        while next == "*" {
            position += 1
            count += 1
        }
        guard count > 1 else { return repeated(.anyInPart) }
        guard startsPart, next == "/" else { return repeated(.any) }
        // `**/` matches any folders, including none.
        position += 1
        let split = program.count
        program.append(.jump(0))
        repeated(.any)
        program.append(.scalar("/"))
        program[split] = .split(split + 1, program.count)
    }

    private mutating func repeated(_ instruction: GlobInstruction) {
        let start = program.count
        program += [.split(start + 1, start + 3), instruction, .jump(start)]
    }

    private mutating func alternatives(depth: Int) throws {
        guard depth <= Self.deepest else { throw wrong("nests `{…}` more than \(Self.deepest) deep") }
        var exits: [Int] = []
        while true {
            let split = program.count
            program.append(.jump(0))
            try sequence(depth: depth)
            guard let scalar = next else {
                throw wrong("has a `{` without its `}`", help: "close it, or write `\\{` for the character itself")
            }
            position += 1
            guard scalar == "," else {
                program[split] = .jump(split + 1)
                break
            }
            exits.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func characterClass() throws {
        let negated = next == "!" || next == "^"
        if negated { position += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let first = try classMember(isFirst: ranges.isEmpty) {
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                ranges.append(first...first)
                continue
            }
            position += 1
            guard let last = try classMember(isFirst: true) else { break }
            guard first <= last else { throw wrong("has the range `\(first)-\(last)`, which runs backwards") }
            ranges.append(first...last)
        }
        program.append(.oneOf(ranges, negated: negated))
    }

    /// The next character of a class, or nil at its end. A `]` that comes first is a character.
    private mutating func classMember(isFirst: Bool) throws -> Unicode.Scalar? {
        guard let scalar = next else {
            throw wrong("has a `[` without its `]`", help: "close it, or write `\\[` for the character itself")
        }
        position += 1
        if scalar == "]", !isFirst { return nil }
        guard scalar == "\\" else { return scalar }
        guard let escaped = next else { throw wrong("ends with a backslash") }
        position += 1
        return escaped
    }

    private func wrong(_ reason: String, help: String? = nil) -> StepError {
        StepError("bad-pattern", "the pattern `\(pattern)` \(reason)", help: help)
    }
}
