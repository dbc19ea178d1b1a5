internal import Glibc
internal import Logging

/// What a run needs before it changes a resource: the resource's lease, and that this runner may write to it.
///
/// It belongs to the one task that runs the run.
final class ResourceAccess {
    private let pipeline: Pipeline
    private let runID: String
    private let services: RunServices
    private let wait: LeaseWait
    private let cancellation: Cancellation
    private let mask: @Sendable (String) -> String
    private var held: [Resource: any Lease] = [:]
    /// Resources for which `admit` has already been called.
    private var asked: Set<Resource> = []

    init(
        _ pipeline: Pipeline, runID: String, services: RunServices, events: EventStream, cancellation: Cancellation,
        mask: @escaping @Sendable (String) -> String
    ) {
        self.pipeline = pipeline
        self.runID = runID
        self.services = services
        wait = LeaseWait(providers: services.leaseProviders, clock: services.clock, events: events)
        self.cancellation = cancellation
        self.mask = mask
        for resource in services.lent.resources { held[resource] = services.lent[resource] }
    }

    /// The leases that the run holds.
    var leases: Leases { Leases(held) }

    /// Takes the leases that the run does not have yet.
    ///
    /// - Parameters:
    ///   - wanted: resources, each with the context of a step that changes it.
    ///   - earlier: the nonces of holdings of this run whose process is known to have ended, by URL.
    ///   - isEarly: true before the first step. A lease that nobody can be asked for is then left to its step, whose
    ///     `retry` applies.
    ///   - guarded: true if a cancellation ends the wait.
    /// - Throws: `LeaseHeld` if another run has one for longer than this one would wait; `LeaseUnreachable`.
    func takeLeases(
        of wanted: [Resource: StepContext], after earlier: [String: String], isEarly: Bool, guarded: Bool
    ) async throws {
        guard case .lease(let limit) = pipeline.concurrency else { return }
        // All runs take leases in one order, so that no two of them can each hold what the other waits for.
        for (resource, context) in wanted.sorted(by: { $0.key.url < $1.key.url }) where held[resource] == nil {
            let request = LeaseRequest(
                resource, owner: owner, ended: earlier[resource.url], context: context.withoutProgress)
            let take = { @Sendable [wait = self.wait] in try await wait.take(request, atMost: limit) }
            do {
                held[resource] = guarded ? try await cancellation.guarding(take) : try await take()
            } catch is LeaseUnreachable where isEarly {
                continue
            }
        }
    }

    private var owner: LeaseOwner {
        LeaseOwner(
            runID: runID, pipeline: pipeline.name, host: LeaseOwner.hostName, processID: Int(getpid()),
            since: services.clock.date.journalText,
            job: RunOrigin(environment: services.environment).job.map { $0.map(mask) })
    }

    func releaseLeases() async {
        for (resource, lease) in held.sorted(by: { $0.key.url < $1.key.url })
        where !services.lent.resources.contains(resource) {
            await lease.release()
        }
    }

    /// Asks, once for each resource, whether this runner may change it.
    ///
    /// If the question fails, for example because the network is down, only the step asks again, and its `retry` applies
    /// then.
    ///
    /// - Throws: `NewerFormat`.
    func admit(_ resources: [Resource], in context: StepContext, guarded: Bool) async throws {
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

/// The wait for one lease.
private struct LeaseWait: Sendable {
    let providers: [String: any LeaseProvider]
    let clock: any RunClock
    let events: EventStream

    /// - Parameter limit: of the wait.
    func take(_ request: LeaseRequest, atMost limit: Duration) async throws -> any Lease {
        let resource = request.resource
        guard let provider = providers[String(resource.scheme)] else {
            throw StepError(
                "no-lease-provider", "this runner has no way to take the lease of \(resource)",
                help: "register a lease provider for `\(resource.scheme)`, or opt out with `concurrency: none`")
        }
        let began = clock.now
        var isAnnounced = false
        while true {
            do {
                return try await provider.acquire(request)
            } catch let held as LeaseHeld {
                let left = limit - began.duration(to: clock.now)
                guard left > .zero else { throw held }
                if !isAnnounced { events.emit(.leaseAwaited(resource, held.owner)) }
                isAnnounced = true
                try await clock.sleep(for: min(.seconds(2), left))
            }
        }
    }
}

extension Pipeline {
    /// All steps, including those that replace a rollback.
    var changingSteps: [PipelineStep] {
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
    func resources(in project: Project) -> [Resource] { kind.bind(options, ProblemList())?.resources(project) ?? [] }

    /// What can be done of it on another machine than that of its run.
    public var elsewhere: Elsewhere { kind.bind(options, ProblemList())?.elsewhere ?? .nothing }
}

extension StepContext {
    /// A lease is renewed while other steps are at work: their lines are not the place to tell of it.
    fileprivate var withoutProgress: StepContext {
        var context = self
        context.progress = .silent
        context.logger.logLevel = .critical
        return context
    }
}
