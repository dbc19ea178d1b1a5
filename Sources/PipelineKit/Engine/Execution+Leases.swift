/// What a run needs before its steps change anything: the leases, which the journal notes, and that this runner may write.
extension Execution {
    /// Takes the leases of what a step changes, unless the run has them.
    func takeLeases(of resources: [Resource], for step: PipelineStep, guarded: Bool) async throws {
        guard !resources.isEmpty else { return }
        let context = try context(for: step, in: scope())
        let wanted = Dictionary(resources.map { ($0, context) }) { first, _ in first }
        do {
            try await takeLeases(of: wanted, isEarly: false, guarded: guarded)
        } catch let error as LeaseUnreachable {
            throw error.cause
        }
    }

    /// Takes those that are known before the first step: not those of a step whose variables depend on an earlier one.
    func takeLeasesOfAllSteps() async throws {
        var wanted: [Resource: StepContext] = [:]
        for step in pipeline.changingSteps {
            let resources = step.resources(in: run.project).filter { wanted[$0] == nil }
            guard !resources.isEmpty, let context = try? context(for: step, in: scope()) else { continue }
            for resource in resources { wanted[resource] = context }
        }
        try await takeLeases(of: wanted, isEarly: true, guarded: true)
    }

    private func takeLeases(of wanted: [Resource: StepContext], isEarly: Bool, guarded: Bool) async throws {
        let before = access.leases.holdings
        do {
            try await access.takeLeases(
                of: wanted, after: storage.isLocked ? earlierLeases : [:], isEarly: isEarly, guarded: guarded)
        } catch {
            try? await recordHoldings(unless: before)
            throw error
        }
        try await recordHoldings(unless: before)
    }

    /// Notes the leases that are held now and were not before.
    private func recordHoldings(unless before: [Resource: LeaseHolding]) async throws {
        for (resource, holding) in access.leases.holdings.sorted(by: { $0.key.url < $1.key.url })
        where before[resource] != holding {
            try await record(.leased(LeaseTaken(resource: resource.url, nonce: holding.nonce)))
        }
    }

    /// Asks whether this runner may change what a step changes.
    ///
    /// - Throws: `NewerFormat`.
    func admit(_ resources: [Resource], for step: PipelineStep, guarded: Bool) async throws {
        guard !resources.isEmpty, let context = try? context(for: step, in: scope()) else { return }
        try await access.admit(resources, in: context, guarded: guarded)
    }

    /// Asks it before anything is changed.
    func admitAllSteps() async throws {
        for step in pipeline.changingSteps {
            try await admit(step.resources(in: run.project), for: step, guarded: true)
        }
    }
}
