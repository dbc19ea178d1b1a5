/// Sorts all scalars into the few classes that an expression tells apart. Each class has a number: its symbol.
///
/// Two more symbols come last: a line feed that is the text's last character, and the text's end.
struct SymbolTable: Sendable {
    let count: Int
    /// The symbols of the scalars of one byte.
    let ascii: [Int32]
    let lineFeed: Int
    /// The symbols in each set, one bit per symbol.
    private let members: [[UInt64]]
    /// The first scalar of each range of one symbol, in order, from 0.
    private let starts: [UInt32]
    private let symbols: [Int32]
    private let isWord: [Bool]
    private let isLineEnd: [Bool]

    var lastLineFeed: Int { count - 2 }
    var end: Int { count - 1 }

    /// - Parameters:
    ///   - words: the characters that assertions count as part of a word.
    ///   - lineEnds: those that they count as the end of a line.
    init(_ sets: [ScalarSet], words: ScalarSet, lineEnds: ScalarSet) {
        // Assertions need these sets to be told apart too.
        let all = sets + [.lineFeed, words, lineEnds]
        var bounds: Set<UInt32> = [0]
        for set in all {
            for range in set.ranges {
                bounds.insert(range.lowerBound)
                if range.upperBound < ScalarSet.last { bounds.insert(range.upperBound + 1) }
            }
        }
        let starts = bounds.sorted()
        func stretches(of range: ClosedRange<UInt32>) -> Range<Int> {
            Self.stretch(of: range.lowerBound, in: starts)..<(Self.stretch(of: range.upperBound, in: starts) + 1)
        }
        // It begins with one class, which each set divides.
        var kinds = [Int](repeating: 0, count: starts.count)
        var made = 1
        for set in all {
            var inside: [Int: Int] = [:]
            for range in set.ranges {
                for stretch in stretches(of: range) {
                    let kind = inside[kinds[stretch]] ?? made
                    inside[kinds[stretch]] = kind
                    made = max(made, kind + 1)
                    kinds[stretch] = kind
                }
            }
        }
        var numbers: [Int: Int32] = [:]
        let symbols = kinds.map { kind in
            let number = numbers[kind] ?? Int32(numbers.count)
            numbers[kind] = number
            return number
        }
        count = numbers.count + 2
        func bits(of set: ScalarSet) -> [UInt64] {
            var bits = [UInt64](repeating: 0, count: (numbers.count + 63) / 64)
            for range in set.ranges {
                for stretch in stretches(of: range) {
                    bits[Int(symbols[stretch]) / 64] |= 1 << UInt64(symbols[stretch] % 64)
                }
            }
            return bits
        }
        members = sets.map(bits)
        func flags(of set: ScalarSet) -> [Bool] {
            let bits = bits(of: set)
            return (0..<numbers.count).map { bits[$0 / 64] & (1 << UInt64($0 % 64)) != 0 }
        }
        isWord = flags(of: words) + [false, false]
        isLineEnd = flags(of: lineEnds) + [true, true]
        ascii = (0..<128).map { symbols[Self.stretch(of: UInt32($0), in: starts)] }
        lineFeed = Int(ascii[0x0A])
        self.starts = starts
        self.symbols = symbols
    }

    func symbol(of scalar: UInt32) -> Int32 { symbols[Self.stretch(of: scalar, in: starts)] }

    func takes(_ set: Int, _ symbol: Int) -> Bool {
        let symbol = symbol == lastLineFeed ? lineFeed : symbol
        return symbol < end && members[set][symbol / 64] & (1 << UInt64(symbol % 64)) != 0
    }

    /// What the place after a symbol is to assertions.
    func place(after symbol: Int) -> Place {
        isLineEnd[symbol] ? .afterLineEnd : isWord[symbol] ? .afterWord : .elsewhere
    }

    /// True if an assertion holds at a place before a symbol.
    func holds(_ assertion: Assertion, at place: Place, before symbol: Int) -> Bool {
        switch assertion {
        case .textStart: place == .atStart
        case .lineStart: place == .atStart || place == .afterLineEnd
        case .textEnd: symbol == end
        case .textEndOrLastLineFeed: symbol == end || symbol == lastLineFeed
        case .lineEnd: isLineEnd[symbol]
        case .wordBoundary: (place == .afterWord) != isWord[symbol]
        case .noWordBoundary: (place == .afterWord) == isWord[symbol]
        }
    }

    private static func stretch(of scalar: UInt32, in starts: [UInt32]) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        return low
    }
}

/// What comes before a place, as far as assertions need it.
enum Place: UInt8, Sendable {
    case atStart, afterLineEnd, afterWord, elsewhere
}
