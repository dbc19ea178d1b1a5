internal import PipelineKit

/// One search. It follows all paths through a program at once, and caches where each set of states leads.
///
/// It belongs to the thread that made it.
struct Matcher {
    /// Marks a transition that was not computed yet; `found` marks one that ends the search.
    private static let unknown: Int32 = -1
    private static let found: Int32 = -2

    /// The cache's limit, in numbers of four bytes. When it is full, it is emptied.
    private static let memory = 1 << 20

    private let program: Program
    private let symbols: SymbolTable
    private let flag: CancellationFlag
    private var budget: Int

    /// The states that wait for the next character, in order, and what comes before it.
    private struct States: Hashable {
        var waiting: [Int32]
        var place: Place
    }

    private var numbers: [States: Int32] = [:]
    private var states: [States] = []
    /// One row for each of `states`: where each symbol leads.
    private var table: [Int32] = []
    private var remembered = 0
    /// How often the cache was emptied.
    private var generation = 0
    /// Where the program's start leads, by place and symbol: a match may begin anywhere.
    private var beginnings: [Step?]

    private var seen: SparseSet
    private var targets: SparseSet
    private var pending: [Int32] = []

    private struct Step {
        var waiting: [Int32]
        var isFound: Bool
    }

    /// - Parameter budget: how many steps may be taken that are not in the cache.
    init(_ program: Program, budget: Int, _ flag: CancellationFlag) {
        self.program = program
        symbols = program.symbols
        self.budget = budget
        self.flag = flag
        beginnings = Array(repeating: nil, count: 4 * symbols.count)
        seen = SparseSet(program.instructions.count)
        targets = SparseSet(program.instructions.count)
    }

    /// - Parameter text: valid UTF-8.
    mutating func isFound(in text: UnsafeBufferPointer<UInt8>) throws -> Bool {
        var state = number(of: States(waiting: [], place: .atStart))
        var offset = 0
        while offset < text.count {
            try flag.check()
            let known = walk(text, from: offset, upTo: min(text.count, offset + 65_536), in: state)
            (offset, state) = (known.offset, known.state)
            if state == Self.found { return true }
            guard let symbol = known.symbol else { continue }
            state = try follow(state, symbol, at: offset)
            if state == Self.found { return true }
            offset += length(of: text[offset])
        }
        return try follow(state, symbols.end, at: offset) == Self.found
    }

    /// Follows cached transitions.
    ///
    /// - Returns: where it stopped, and the symbol there if the cache has no transition for it.
    private func walk(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, upTo end: Int, in first: Int32
    ) -> (offset: Int, state: Int32, symbol: Int?) {
        let width = symbols.count
        return table.withUnsafeBufferPointer { table in
            symbols.ascii.withUnsafeBufferPointer { ascii in
                var (offset, state) = (start, first)
                while offset < end {
                    let byte = text[offset]
                    var (symbol, length) = (0, 1)
                    if byte < 0x80, byte != 0x0A {
                        symbol = Int(ascii[Int(byte)])
                    } else {
                        symbol = self.symbol(in: text, at: offset)
                        length = self.length(of: byte)
                    }
                    let next = table[Int(state) * width + symbol]
                    if next == Self.unknown { return (offset, state, symbol) }
                    state = next
                    if state == Self.found { break }
                    offset += length
                }
                return (offset, state, nil)
            }
        }
    }

    /// The length in bytes of the character that begins with this byte.
    private func length(of byte: UInt8) -> Int {
        byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    }

    private func symbol(in text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int {
        let byte = text[offset]
        if byte < 0x80 {
            return byte == 0x0A && offset == text.count - 1 ? symbols.lastLineFeed : Int(symbols.ascii[Int(byte)])
        }
        let length = length(of: byte)
        var scalar = UInt32(byte) & (0x7F >> UInt32(length))
        for place in 1..<length { scalar = scalar << 6 | UInt32(text[offset + place] & 0x3F) }
        return Int(symbols.symbol(of: scalar))
    }

    /// Computes where a symbol leads, and caches it.
    private mutating func follow(_ number: Int32, _ symbol: Int, at offset: Int) throws -> Int32 {
        guard budget > 0 else { throw RegularExpression.TooMuchWork(offset: offset) }
        try flag.check()
        let (from, before) = (states[Int(number)], generation)
        targets.removeAll()
        let beginning = beginning(at: from.place, symbol)
        let isFound = beginning.isFound || take(symbol, from: from.waiting, at: from.place)
        var next = Self.found
        if !isFound {
            for state in beginning.waiting { targets.insert(state) }
            let waiting = targets.members.sorted()
            budget -= 4 * waiting.count
            let place = program.hasAssertions && symbol != symbols.end ? symbols.place(after: symbol) : .elsewhere
            next = self.number(of: States(waiting: waiting, place: place))
        }
        // If the cache was emptied meanwhile, the state that led here has no row any more.
        if generation == before {
            table[Int(number) * symbols.count + symbol] = next
        }
        return next
    }

    private mutating func beginning(at place: Place, _ symbol: Int) -> Step {
        let index = Int(place.rawValue) * symbols.count + symbol
        if let known = beginnings[index] { return known }
        let isFound = take(symbol, from: [0], at: place)
        let step = Step(waiting: isFound ? [] : Array(targets.members), isFound: isFound)
        targets.removeAll()
        beginnings[index] = step
        return step
    }

    /// Puts the states to which a symbol leads from `waiting` into `targets`.
    ///
    /// - Returns: true if the expression is found before the symbol.
    private mutating func take(_ symbol: Int, from waiting: [Int32], at place: Place) -> Bool {
        seen.removeAll()
        pending.removeAll(keepingCapacity: true)
        pending += waiting
        while let state = pending.popLast() {
            guard seen.insert(state) else { continue }
            budget -= 1
            switch program.instructions[Int(state)] {
            case .take(let set): if symbols.takes(set, symbol) { targets.insert(state + 1) }
            case .jump(let target): pending.append(Int32(target))
            case .split(let one, let other):
                pending.append(Int32(other))
                pending.append(Int32(one))
            case .assertion(let assertion):
                if symbols.holds(assertion, at: place, before: symbol) { pending.append(state + 1) }
            case .found: return true
            }
        }
        return false
    }

    private mutating func number(of key: States) -> Int32 {
        if let known = numbers[key] { return known }
        if remembered > Self.memory {
            numbers.removeAll(keepingCapacity: true)
            states.removeAll(keepingCapacity: true)
            table.removeAll(keepingCapacity: true)
            remembered = 0
            generation += 1
        }
        let number = Int32(states.count)
        numbers[key] = number
        states.append(key)
        table.append(contentsOf: repeatElement(Self.unknown, count: symbols.count))
        remembered += symbols.count + 2 * key.waiting.count + 16
        budget -= symbols.count / 8 + 32
        return number
    }
}

/// A set of small numbers that can be emptied in constant time.
private struct SparseSet {
    private var dense: [Int32]
    private var sparse: [Int32]
    private(set) var count = 0

    init(_ capacity: Int) {
        dense = Array(repeating: 0, count: capacity)
        sparse = Array(repeating: 0, count: capacity)
    }

    var members: ArraySlice<Int32> { dense[..<count] }

    /// - Returns: true if it was not in the set.
    @discardableResult
    mutating func insert(_ number: Int32) -> Bool {
        let place = Int(sparse[Int(number)])
        if place < count, dense[place] == number { return false }
        sparse[Int(number)] = Int32(count)
        dense[count] = number
        count += 1
        return true
    }

    mutating func removeAll() { count = 0 }
}
