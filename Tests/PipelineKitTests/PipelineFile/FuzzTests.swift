import Glibc
import PipelineKit
import TestSupport
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
    /// Reads 10,000 damaged files. Each is limited in processor time, which no other test can take away.
    @Test(.timeLimit(.minutes(15)), arguments: 0..<20)
    func damagedFiles(_ seed: Int) async {
        let good = Array(Self.good.utf8)
        #expect(FileRead(good).report == "")
        for bytes in DamagedFiles(of: good, seed: seed).prefix(500) {
            let began = ProcessorTime.now
            let read = FileRead(bytes)
            #expect(ProcessorTime.now - began < .seconds(1), "\(bytes)")
            #expect((read.pipeline == nil) == read.problems.contains { $0.severity == .error }, "\(bytes)")
            #expect(read.problems.isEmpty == read.report.isEmpty)
            // Other tests wait for processes that wait for them.
            await Task.yield()
        }
    }
}
