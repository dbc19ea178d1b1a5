internal import FoundationEssentials
internal import Glibc

/// The leases of everything that the steps change, taken before the first of them.
extension Execution {
    /// Takes the leases that the run does not have yet.
    ///
    /// - Parameter guarded: true if a cancellation ends the wait.
    /// - Throws: `LeaseHeld` if another run has one for longer than this one would wait; the refusal of `JournalPlace`.
    func takeLeases(of resources: some Sequence<Resource>, guarded: Bool) async throws {
        // A store that an earlier step names is known only now.
        if let refusal = JournalPlace(pipeline).refusal(of: resources) { throw refusal }
        guard case .lease(let wait) = pipeline.concurrency else { return }
        // All runs take leases in one order, so that no two of them can each hold what the other waits for.
        for resource in Set(resources).sorted(by: { $0.url < $1.url }) where leases[resource] == nil {
            let take = { @Sendable [taker = LeaseTaker(self)] in try await taker.take(resource, waiting: wait) }
            leases[resource] = guarded ? try await cancellation.guarding(take) : try await take()
        }
    }

    /// Asks, before anything is changed, whether this runner may change what the steps change.
    ///
    /// If the question fails now, for example because the network is down, only the step asks again, and its `retry`
    /// applies then.
    ///
    /// - Throws: `NewerFormat`.
    func admitAllSteps() async throws {
        for step in pipeline.changingSteps {
            try await admit(step.resources(in: run.project), for: step, guarded: true)
        }
    }

    func admit(_ resources: [Resource], for step: PipelineStep, guarded: Bool) async throws {
        guard !resources.isEmpty, let context = try? context(for: step, in: scope()) else { return }
        for resource in resources where asked.insert(resource).inserted {
            let ask = { @Sendable [admit = services.admit] in try await admit(resource, context) }
            do {
                if guarded { try await cancellation.guarding(ask) } else { try await ask() }
            } catch let error where error is NewerFormat || error is CancellationError {
                throw error
            } catch {
                continue
            }
        }
    }
}

extension Pipeline {
    /// All steps, including those that replace a rollback.
    fileprivate var changingSteps: [PipelineStep] {
        let replacements = steps.flatMap { step -> [PipelineStep] in
            if case .steps(let steps, _) = step.rollback { steps } else { [] }
        }
        return steps + replacements + finally
    }

    /// Returns what the steps change, as far as it is known before the run. An option that depends on an earlier step
    /// is not known yet; the step asks again.
    func resources(in project: Project) -> [Resource] { changingSteps.flatMap { $0.resources(in: project) } }
}

extension PipelineStep {
    fileprivate func resources(in project: Project) -> [Resource] {
        kind.bind(options, ProblemList())?.resources(project) ?? []
    }
}

/// Waits for one lease.
private struct LeaseTaker: Sendable {
    let services: RunServices
    let events: EventStream
    let owner: LeaseOwner

    init(_ execution: Execution) {
        services = execution.services
        events = execution.events
        owner = LeaseOwner(
            runID: execution.run.id, pipeline: execution.pipeline.name, host: LeaseOwner.hostName,
            processID: Int(getpid()), since: services.clock.date.journalText)
    }

    func take(_ resource: Resource, waiting limit: Duration) async throws -> any Lease {
        guard let provider = services.leaseProviders[String(resource.scheme)] else {
            throw StepError(
                "no-lease-provider", "nothing here can take the lease of \(resource)",
                help: "register a lease provider for `\(resource.scheme)`, or opt out with `concurrency: none`")
        }
        let began = services.clock.now
        var isAnnounced = false
        while true {
            do {
                return try await provider.acquire(resource, owner: owner)
            } catch let held as LeaseHeld {
                let left = limit - began.duration(to: services.clock.now)
                guard left > .zero else { throw held }
                if !isAnnounced { events.emit(.leaseAwaited(resource, held.owner)) }
                isAnnounced = true
                try await services.clock.sleep(for: min(.seconds(2), left))
            }
        }
    }
}
