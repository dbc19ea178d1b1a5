internal import Logging
public import PipelineKit
internal import Releases
internal import SystemPackage

/// Limits the store's growth: deletes old releases, and never one that is live or next to go back to.
public struct Prune: Step {
    public static let kind = StepKind(
        "prune", "deletes old releases of the store", timeout: .seconds(1_800),
        undoing:
            "What it deleted is gone. A run that is rolled back after it ends with 3, unless the step has `rollback: false`.",
        example: """
            - uses: prune
              with: { store: /srv/www/site, keep: 10 }
              # What it deletes is never needed to go back.
              rollback: false
            """)

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .irreversible }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .everything }

    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
        options.$store.map { [$0.resource(in: project)] } ?? []
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let store = try await options.store.open(in: context)
        let prunePlan = try await PrunePlan(of: store, options, in: context)
        let links = LinkCount()
        var doomed: [Before.Doomed] = []
        var changes = ChangeList()
        for (release, reason) in prunePlan.doomed {
            let contents: ReleaseContents
            do {
                contents = try await store.contents(of: release, links, in: context.folder)
            } catch let error as any DescribedError where error.retryClass == .failure {
                doomed.append(.init(version: release.version, bytes: 0))
                let detail = "\(reason); what is in it cannot be told: \(error.message)"
                changes.add(Change(.remove, release.version.name, detail: detail))
                continue
            }
            doomed.append(.init(version: release.version, bytes: contents.freed))
            let detail =
                contents.unknown.isEmpty ? reason : "\(reason); what no record names is kept: \(contents.unknownText)"
            changes.add(Change(.remove, release.version.name, detail: detail, bytes: contents.freed))
        }
        try await warn(ofUnknownIn: store, prunePlan, context)
        guard !doomed.isEmpty else {
            var output = Output()
            (output.kept, output.young) = (prunePlan.kept.count, prunePlan.young)
            return .already(output)
        }
        let (gone, freed) = (doomed.count, doomed.reduce(0) { $0 + $1.bytes })
        changes.summary =
            "\(gone) release\(gone == 1 ? " goes" : "s go"), \(prunePlan.kept.count) stay\(prunePlan.kept.count == 1 ? "s" : ""), "
            + "\(ByteCount(freed).text) free again"
        if prunePlan.young > 0 {
            changes.notes.append(
                "\(CountText.text(prunePlan.young)) of those that stay are younger than `min-age` (\(options.minAge.text))"
            )
        }
        if context.isPlan { changes.unprovenRights = try await store.checkRights() }
        for kept in prunePlan.kept { changes.add(Change(.keep, kept.version.name, detail: kept.reason)) }
        return .change(from: Before(doomed: doomed), changes)
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let store = try await options.store.open(in: context)
        let prunePlan = try await PrunePlan(of: store, options, in: context)
        let planned = Set(before.doomed.map(\.version))
        let links = LinkCount()
        var output = Output()
        (output.kept, output.young) = (prunePlan.kept.count, prunePlan.young)
        // If one release cannot be deleted, the others still go. A failure that may pass fails the step, so that it is
        // retried.
        var passing: UnfinishedRetirement?
        for (release, _) in prunePlan.doomed {
            try Task.checkCancellation()
            // Only releases that the plan names, and those whose retirement was interrupted, in any run.
            guard planned.contains(release.version) || release.state == .retiring else {
                output.kept += 1
                continue
            }
            let freed: Int
            do {
                freed = try await retire(release, in: store, links, context)
            } catch let error as UnfinishedRetirement {
                context.logger.warning("\(error.warning)")
                output.failed += 1
                // A conflict means that another run makes the release anew: then it is wanted.
                if ![.failure, .conflict].contains(error.retryClass) { passing = passing ?? error }
                continue
            }
            output.deleted += 1
            output.bytes += freed
            context.progress(
                .init(
                    done: output.deleted, total: prunePlan.doomed.count, unit: "releases", bytes: output.bytes,
                    detail: release.version.name))
        }
        if let passing { throw passing }
        // Count what an earlier attempt of this step deleted.
        for gone in before.doomed where !prunePlan.versions.contains(gone.version) {
            output.deleted += 1
            output.bytes += gone.bytes
        }
        return output
    }

    public func summary(of output: Output) -> String? {
        let young =
            output.young > 0 ? ", \(CountText.text(output.young)) younger than `min-age` (\(options.minAge.text))" : ""
        let kept = "\(CountText.text(output.kept, "release")) kept\(young)"
        guard output.deleted + output.failed > 0 else { return kept }
        let failed = output.failed > 0 ? ", \(output.failed) could not be deleted" : ""
        return "\(output.deleted) deleted (\(ByteCount(output.bytes).text)), \(kept)\(failed)"
    }

    /// Deleted releases stay deleted: none of them was live or one to go back to.
    public func rollback(to before: Before, in context: StepContext) async throws {}

    /// - Returns: the bytes that this frees.
    private func retire(
        _ release: StoredRelease, in store: any ReleaseStore, _ links: LinkCount, _ context: StepContext
    ) async throws -> Int {
        var freed = 0
        do {
            freed = try await store.contents(of: release, links, in: context.folder).freed
        } catch let error as any DescribedError where error.retryClass == .failure {
            // Deleting it reports the same problem.
        }
        try await context.leases.confirm(store.resource)
        let stays = try await store.retire(release.version, of: release.runID, in: context)
        if let stays { context.logger.warning("\(stays)") }
        return freed
    }

    private func warn(ofUnknownIn store: any ReleaseStore, _ prunePlan: PrunePlan, _ context: StepContext) async throws
    {
        guard !prunePlan.unknown.isEmpty else { return }
        let shown = prunePlan.unknown.prefix(10).map { "`releases/\($0)`" }.joined(separator: ", ")
        let rest = prunePlan.unknown.count > 10 ? " and \(prunePlan.unknown.count - 10) more" : ""
        context.logger.warning("kept in \(store.resource), because no record of the store names them: \(shown)\(rest)")
    }
}
