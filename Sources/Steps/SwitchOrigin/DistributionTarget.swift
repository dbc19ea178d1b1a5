internal import AWS
internal import Logging
internal import PipelineKit
internal import Releases

/// An origin of a CloudFront distribution, whose path decides. Each edge learns of a change in its own time.
struct DistributionTarget: SwitchTarget {
    let distribution: String
    /// The origin's id.
    let origin: String
    let paths: ReleasePaths
    let store: any ReleaseStore
    let client: CloudFrontClient
    /// What a rollback drops from caches; nil for nothing.
    let dropped: [InvalidationPath]?

    var pointer: Pointer { Pointer(distribution: distribution, origin: origin) }
    var name: String { "\(pointer)" }
    var inspection: String { "aws cloudfront get-distribution-config --id \(distribution)" }

    func position() async throws -> Position {
        try position(in: try await client.getDistributionConfig(distribution))
    }

    private func position(in config: DistributionConfig) throws -> Position {
        let path = try config.origin(named: origin).path
        return Position(version: paths.release(at: path), path: path)
    }

    /// Of a path that is none of the store's releases it is not known what the distribution finds there.
    func leadsSomewhere(_ position: Position) async throws -> Bool {
        guard let version = position.version else { return true }
        return try await store.hasFiles(of: version)
    }

    func path(of version: ReleaseVersion) throws -> String { try paths.path(of: version).text }

    func point(
        at version: ReleaseVersion, from position: Position, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await write(paths.path(of: version), over: position.path ?? "", beforeWrite)
    }

    func restore(
        _ position: Position, from version: ReleaseVersion, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await write(OriginPath(asFound: position.path ?? ""), over: path(of: version), beforeWrite)
    }

    private func write(_ path: OriginPath, over before: String, _ beforeWrite: () async throws -> Void) async throws {
        let update = OriginPathUpdate(distribution: distribution, origin: origin, path: path, before: before)
        switch await update.attempt(client, beforeWrite: beforeWrite) {
        case .done: return
        case .failed(let error, mayHaveBeenApplied: true): throw error
        case .failed(let error, mayHaveBeenApplied: false): throw NotSwitched(cause: error)
        }
    }

    func fence() async throws -> Position { try position(in: try await client.fence(distribution)) }

    func isSettled() async throws -> Bool { try await client.getDistribution(distribution).isDeployed }

    func settle(_ context: StepContext) async throws {
        context.logger.info("waiting until every edge of \(distribution) has it")
        _ = try await client.waitUntilDeployed(distribution, CloudFrontPoller(in: context))
    }

    /// Edges that still were at the release have cached it once more while others were back already.
    func dropCaches(_ context: StepContext) async throws {
        guard let dropped else { return }
        let plan = InvalidationPlan(
            dropped, reference: "\(context.idempotencyKey)/rollback", maximum: InvalidationPlan.maximumPaths)
        context.logger.info("dropping \(plan.text) from the caches of \(distribution)")
        _ = try await client.invalidate(plan, on: distribution, waitsForLast: true, CloudFrontPoller(in: context))
    }
}
