public import PipelineKit
internal import Synchronization

/// Gives leases out and notes it; some resources are held by another run for a number of tries.
public final class FakeLeases: LeaseProvider {
    private let recorder: Recorder
    private let held: Mutex<[String: Int]>
    private let unreachable: Mutex<[String: Int]>

    private let refused: @Sendable () -> Void
    private let tellsHoldings: Bool

    /// - Parameters:
    ///   - held: how many tries fail, by URL.
    ///   - unreachable: for how many tries nobody can be asked, by URL.
    ///   - tellsHoldings: true for leases that tell one holding from the next, as those that a store keeps do.
    ///   - refused: called before a try fails.
    public init(
        _ recorder: Recorder, held: [String: Int] = [:], unreachable: [String: Int] = [:],
        tellsHoldings: Bool = false,
        refused: @escaping @Sendable () -> Void = {}
    ) {
        self.recorder = recorder
        self.refused = refused
        self.tellsHoldings = tellsHoldings
        self.held = Mutex(held)
        self.unreachable = Mutex(unreachable)
    }

    public func acquire(_ request: LeaseRequest) async throws -> any Lease {
        let (resource, owner) = (request.resource, request.owner)
        let isUnreachable = unreachable.withLock { unreachable in
            let left = unreachable[resource.url, default: 0]
            unreachable[resource.url] = max(0, left - 1)
            return left > 0
        }
        if isUnreachable {
            recorder.note("no answer about \(resource)")
            throw LeaseUnreachable(StepError("no-answer", "no answer", retry: .network))
        }
        let isHeld = held.withLock { held in
            let left = held[resource.url, default: 0]
            held[resource.url] = max(0, left - 1)
            return left > 0
        }
        if isHeld {
            refused()
            throw LeaseHeld(
                resource, by: LeaseOwner(runID: "other", pipeline: "p", host: "h", processID: 1, since: "s"))
        }
        recorder.note("lease \(resource)" + (request.ended.map { " after \($0)" } ?? ""))
        let holding = tellsHoldings ? LeaseHolding(nonce: "nonce of \(owner.runID)") : nil
        return FakeLease(resource: resource, recorder: recorder, holding: holding)
    }
}

private struct FakeLease: Lease {
    let resource: Resource
    let recorder: Recorder
    let holding: LeaseHolding?

    func confirm() async throws { recorder.note("confirm \(resource)") }
    func release() async { recorder.note("release \(resource)") }
}

extension LeaseProvider {
    /// Takes a lease whose provider needs nothing of the world.
    public func acquire(_ resource: Resource, owner: LeaseOwner) async throws -> any Lease {
        try await acquire(LeaseRequest(resource, owner: owner, context: .test()))
    }
}
