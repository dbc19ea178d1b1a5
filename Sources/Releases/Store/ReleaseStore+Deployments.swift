internal import PipelineKit

extension ReleaseStore {
    /// Records a deployment, before the pointer is written. A record of an earlier attempt of the same step stays.
    ///
    /// - Returns: true if it was written now.
    /// - Throws: `StepError` `switched-before` if the run's record is of another switch, whose rollback would be lost.
    @discardableResult
    public func record(_ deployment: Deployment) async throws -> Bool {
        let record = StoreRecord.deployment(run: deployment.runID, deployment.pointer)
        try await recordTurn(of: deployment.runID)
        guard let earlier = try await create(deployment, as: record) else { return true }
        guard earlier.isSameSwitch(as: deployment) else {
            throw StepError(
                "switched-before",
                "run \(deployment.runID) cannot switch \(deployment.pointer) to \(deployment.version): "
                    + "\(location(of: record)) says that it has switched it to \(earlier.version) at \(earlier.at)",
                help: "let a run switch a pointer once: move the second switch into a pipeline of its own")
        }
        return false
    }

    /// Makes a run's switches the newest. Its id does not tell that if the run has waited for another one that began after
    /// it, or if the clock of its machine is behind.
    private func recordTurn(of run: String) async throws {
        let order = try await deploymentOrder()
        guard let newest = order.runs.last, !order.runs.contains(run), order.isBefore(run, newest) else { return }
        try await encode(Turn(after: newest), to: .turn(of: run, after: newest))
    }

    public func recordUndone(_ undone: UndoneDeployment, run: String, _ pointer: Pointer) async throws {
        try await encode(undone, to: .undone(run: run, pointer))
    }

    /// Records that the run of a deployment has gone forward to its end.
    public func recordEnd(_ end: DeploymentEnd, run: String, _ pointer: Pointer) async throws {
        let record = StoreRecord.deployment(run: run, pointer)
        guard var deployment = try await decode(Deployment.self, from: record) else { return }
        deployment.end = end
        try await encode(deployment, to: record)
    }

    /// Every deployment, the newest first.
    ///
    /// - Parameter includingUndone: true to include those that were taken back.
    public func deployments(includingUndone: Bool = false) async throws -> [Deployment] {
        var deployments: [Deployment] = []
        _ = try await newestDeployment(includingUndone: includingUndone) { deployment in
            deployments.append(deployment)
            return false
        }
        return deployments
    }

    /// Every deployment and which of them were taken back, each record read once.
    public func deploymentsAndUndone() async throws -> (all: [Deployment], undone: Set<Deployment>) {
        var (all, undone): ([Deployment], Set<Deployment>) = ([], [])
        for (record, wasTakenBack) in try await deploymentRecords() {
            guard let deployment = try await decode(Deployment.self, from: record) else { continue }
            all.append(deployment)
            if wasTakenBack { undone.insert(deployment) }
        }
        return (all, undone)
    }

    /// The releases that a pointer went through.
    public func history(of pointer: Pointer) async throws -> DeploymentHistory {
        let (all, undone) = try await deploymentsAndUndone()
        return DeploymentHistory(of: pointer, all, wasTakenBack: undone.contains)
    }

    /// The newest release that a pointer was switched to and that was not taken back.
    public func lastGood(of pointer: Pointer) async throws -> Deployment? {
        try await newestDeployment { $0.pointer == pointer }
    }

    /// True if some pointer was switched to the release and not away from it since; nil if none was ever switched. It
    /// reads only records, not pointers.
    public func isOnRecordAsLive(_ version: ReleaseVersion) async throws -> Bool? {
        let registered = try await records(in: .pointers).count
        var pointers: Set<Pointer> = []
        var isLive = false
        _ = try await newestDeployment { deployment in
            // The first deployment of each pointer is its newest.
            if pointers.insert(deployment.pointer).inserted, deployment.version == version { isLive = true }
            return isLive || pointers.count >= registered
        }
        return pointers.isEmpty ? nil : isLive
    }

    /// The newest deployment that put a pointer at a release.
    public func deployment(of version: ReleaseVersion, by pointer: Pointer) async throws -> Deployment? {
        try await newestDeployment { $0.pointer == pointer && $0.version == version }
    }

    /// The deployment that has made a release live after a run had taken its own switch to it back, or had found that it
    /// was replaced; nil if that run has never switched to it, or nobody else has since.
    public func heir(of version: ReleaseVersion, after run: String) async throws -> Deployment? {
        guard let newest = try await newestDeployment(where: { $0.version == version }), newest.runID != run,
            try await newestDeployment(
                includingUndone: true, where: { $0.runID == run && $0.version == version }) != nil
        else { return nil }
        return newest
    }

    /// Reads no more records than it needs. They are in the order of their runs.
    func newestDeployment(
        includingUndone: Bool = false, where isWanted: (Deployment) async throws -> Bool
    ) async throws -> Deployment? {
        for (record, wasTakenBack) in try await deploymentRecords() where includingUndone || !wasTakenBack {
            guard let deployment = try await decode(Deployment.self, from: record) else { continue }
            if try await isWanted(deployment) { return deployment }
        }
        return nil
    }

    /// The newest first.
    private func deploymentRecords() async throws -> [(record: StoreRecord, wasTakenBack: Bool)] {
        try await deploymentOrder().records.reversed()
    }

    private func deploymentOrder() async throws -> DeploymentOrder {
        DeploymentOrder(try await records(in: .deployments))
    }
}
