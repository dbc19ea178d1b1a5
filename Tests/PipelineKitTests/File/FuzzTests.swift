import PipelineKit
import Testing

/// Seeded damage to a good file: whatever comes out, the reader must come back with a pipeline or with problems.
@Suite struct FuzzTests {
    private static let good = """
        version: 1
        name: deploy
        inputs: { keep: { type: integer, default: 2 } }
        vars: { store: "s3://b/${{ inputs.keep }}" }
        x-a: &a { message: hi }
        steps:
          - { id: t, uses: tag, if: "inputs.keep > 1 && !failure()" }
          - { uses: hash, with: { source: public, fingerprint: ["a/**"] } }
          - { uses: sync, if: inputs.keep > 1 && !failure(), with: { store: "${{ vars.store }}" } }
          - uses: log
            with: { <<: *a, fields: { é: "${{ format('{0}', run.id) || 'x' }}" } }
            retry: { attempts: 3, backoff: { initial: 1s } }
        """
    private static let pieces = [
        "[", "]", "{", "}", ":", "- ", "\n", "  ", "'", "\"", "#", "&a ", "*a", "<<: ", "!!str ", "${{ ", " }}", "?",
        "|",
        ">", "%", "\t", "\u{0}", "\r", "\u{E000}", "\u{FEFF}", "9", "~", ",", "steps", "\\", "é", "---\n", "...", "@",
        "`",
    ]

    @Test(arguments: 0..<20)
    func damagedFiles(_ seed: Int) {
        var random = Linear(state: UInt64(seed))
        let good = Array(Self.good.utf8)
        #expect(FileRead(good).report == "")
        for _ in 0..<100 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...20, using: &random)))
                case 2:
                    let end = min(bytes.count, index + Int.random(in: 1...60, using: &random))
                    bytes.insert(contentsOf: bytes[index..<end], at: index)
                default:
                    bytes.insert(
                        contentsOf: Array(Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)].utf8),
                        at: index)
                }
            }
            let read = FileRead(bytes)
            #expect((read.pipeline == nil) == read.problems.contains { $0.severity == .error }, "\(bytes)")
            #expect(read.problems.isEmpty == read.report.isEmpty)
        }
    }

    /// Knuth's linear congruential generator: the same numbers everywhere.
    private struct Linear: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 31)
        }
    }
}
