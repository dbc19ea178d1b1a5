import PipelineKit
import Testing

@testable import RunnerCLI

/// When a run of another machine counts as dead: its journal and the leases of the run that looks at it decide.
@Suite struct DeadRunTests {
    private struct Held: Lease {
        var holding: LeaseHolding?
        func confirm() async throws {}
        func release() async {}
    }

    /// - Parameter nonces: those of the leases that the journal has, by URL.
    private func history(_ nonces: [String: String]) -> RunHistory {
        RunHistory(
            nonces.sorted { $0.key < $1.key }.enumerated().map { number, lease in
                JournalRecord(
                    sequence: number + 1, time: "2026-01-01T00:00:00.000Z",
                    entry: .leased(LeaseTaken(resource: lease.key, nonce: lease.value)))
            })
    }

    /// - Parameter nonces: nil for a lease that nothing can tell from others.
    private func leases(_ nonces: [String: String?]) -> Leases {
        Leases(
            Dictionary(
                uniqueKeysWithValues: nonces.map { url, nonce in
                    (Resource(url: url), Held(holding: nonce.map { LeaseHolding(nonce: $0) }) as any Lease)
                }))
    }

    @Test(
        arguments: [
            (["s3://a": "old"], ["s3://a": "new"], true),
            // It is this very holding.
            (["s3://a": "same"], ["s3://a": "same"], false),
            // It may be at work in the other store.
            (["s3://b": "old"], ["s3://a": "new"], false),
            (["s3://a": "old", "s3://b": "old"], ["s3://b": "new"], true),
            // Nobody knows whose the lease was.
            (["s3://a": "old"], ["s3://a": nil], false),
            ([:], ["s3://a": "new"], false), (["s3://a": "old"], [:], false),
        ] as [([String: String], [String: String?], Bool)])
    func onlyWhoHasLostALeaseIsDead(_ had: [String: String], _ held: [String: String?], _ isDead: Bool) {
        #expect(history(had).hasLostALease(to: leases(held)) == isDead)
    }
}
