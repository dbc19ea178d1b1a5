internal import FoundationEssentials
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// The manifest that the release is to have, made from the asset list and the header rules into the step's folder.
struct WantedRelease: Sendable {
    let manifest: FilePath
    let files: Int
    private let step: Sync
    private let assets: FilePath

    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, `empty-release`; what the store could not keep.
    init(
        _ step: Sync, isFirstLook: Bool, for store: any ReleaseStore, in context: StepContext
    ) async throws {
        let site = try await Self.assets(of: step.options, isFirstLook: isFirstLook, in: context)
        let assets = try await RedirectAssets(step.options.redirects).adding(to: site, in: context.folder)
        let manifest = context.folder.appending("manifest.jsonl")
        let header = ManifestHeader(
            version: step.options.version, commit: step.options.commit,
            committedAt: step.options.committedAt.flatMap { Date(timestamp: $0) }?.timestamp,
            createdAt: context.clock.date.timestamp, runID: context.run.id,
            origin: RunOrigin(environment: context.environment),
            runnerVersion: context.run.runnerVersion)
        files = try await BlockingWork.run { flag in
            let reader = try AssetList.Reader(assets)
            let writer = try Manifest.Writer(manifest, header)
            var conflicts = KeyConflicts()
            let check = try store.entryCheck(of: step.options.version)
            while let asset = try reader.next() {
                try flag.check()
                try conflicts.add(asset.key, isCompressed: asset.original != nil)
                let entry = step.entry(for: asset)
                try check(entry)
                try writer.write(entry)
            }
            try writer.finish()
            return writer.count
        }
        guard files > 0 else {
            throw StepError(
                "empty-release", "the asset list \(assets) names no file, and a release without files is no site",
                help: "look at what the `hash` step's `source`, `include` and `exclude` select")
        }
        (self.step, self.assets, self.manifest) = (step, assets, manifest)
    }

    /// A `source` is listed once, by `prepare`: what is uploaded is what was looked at.
    private static func assets(
        of options: Sync.Options, isFirstLook: Bool, in context: StepContext
    ) async throws -> FilePath {
        guard let source = options.source else { return context.project.path(options.assets ?? "") }
        let list = context.folder.appending("source.jsonl")
        if !isFirstLook, (try? AssetList.Reader(list)) != nil { return list }
        _ = try await SourceListing.write(context.project.path(source), to: list, context.progress)
        return list
    }

    func comparison(with manifest: FilePath) throws -> ManifestComparison {
        let (old, new) = (try Manifest.Reader(manifest), try Manifest.Reader(self.manifest))
        return try ManifestComparison(from: old.next, to: new.next)
    }

    func plan(in store: any ReleaseStore, _ context: StepContext) async throws -> ReleasePlan {
        let version = step.options.version
        let previous = step.options.reuse ? try await store.releaseToReuse(for: version, in: context.folder) : nil
        return ReleasePlan(
            version: version, assets: assets, entry: step.entry, previous: previous,
            concurrency: step.options.concurrency, partSize: step.options.partSize.bytes, files: files)
    }

    /// - Parameter others: what changes besides the files.
    func changes(
        in store: any ReleaseStore, _ others: ChangeList, _ context: StepContext
    ) async throws -> ChangeList {
        let plan = try await plan(in: store, context)
        return try await BlockingWork.run { flag in
            let feed = try TransferFeed(plan)
            var changes = others
            while let job = try feed.next(1).first {
                try flag.check()
                Self.add(job, plan.previous?.version, to: &changes)
            }
            return changes
        }
    }

    private static func add(_ job: TransferJob, _ previous: ReleaseVersion?, to changes: inout ChangeList) {
        let (key, bytes) = (job.entry.key, job.entry.size)
        guard job.isReusable, let previous else {
            changes.add(.add, bytes: bytes) {
                let detail = previous.map { "new, or not as in \($0)" } ?? "no release before to copy from"
                return Change(.add, key, detail: detail, bytes: bytes)
            }
            return
        }
        changes.add(.copy, bytes: bytes) { Change(.copy, key, detail: "as in \(previous)", bytes: bytes) }
    }
}
