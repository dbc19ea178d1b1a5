/// Seeded damage to a file: the same bytes for the same seed, everywhere.
public struct DamagedFiles: Sequence, IteratorProtocol {
    private let good: [UInt8]
    private var random: Linear

    public init(of good: [UInt8], seed: Int) {
        self.good = good
        random = Linear(state: UInt64(seed))
    }

    private static let pieces = [
        "[", "]", "{", "}", ":", "- ", "\n", "  ", "'", "\"", "#", "&a ", "*a", "<<: ", "!!str ", "${{ ", " }}", "?",
        "|", ">", "%", "\t", "\u{0}", "\r", "\u{E000}", "\u{FEFF}", "9", "~", ",", "steps", "\\", "é", "---\n", "...",
        "@", "`", "run.id", "secrets.", "1h", "-",
    ]

    /// One to four pieces of damage: another byte, bytes gone, bytes twice, or a piece of YAML where it does not belong.
    public mutating func next() -> [UInt8]? {
        var bytes = good
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(index..<Swift.min(bytes.count, index + Int.random(in: 1...20, using: &random)))
            case 2:
                let end = Swift.min(bytes.count, index + Int.random(in: 1...60, using: &random))
                bytes.insert(contentsOf: bytes[index..<end], at: index)
            default:
                let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
                bytes.insert(contentsOf: Array(piece.utf8), at: index)
            }
        }
        return bytes
    }

    /// Knuth's linear congruential generator.
    private struct Linear: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 31)
        }
    }
}
