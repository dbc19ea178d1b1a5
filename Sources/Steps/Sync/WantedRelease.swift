internal import FoundationEssentials
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// The manifest that the release will have, made from the asset list and the header rules in the step's folder.
struct WantedRelease: Sendable {
    let manifest: FilePath
    let files: Int
    private let step: Sync
    private let assets: FilePath

    private init(manifest: FilePath, files: Int, step: Sync, assets: FilePath) {
        (self.manifest, self.files, self.step, self.assets) = (manifest, files, step, assets)
    }

    /// Lists what `source` names and writes the manifest, in one walk through the asset list.
    ///
    /// - Parameter previous: the release whose files can be copied.
    /// - Returns: the release, and which files it adds or copies.
    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, `empty-release`; what the store could not keep.
    static func make(
        _ step: Sync, _ previous: ReleasePlan.Previous?, for store: any ReleaseStore, in context: StepContext
    ) async throws -> (WantedRelease, ChangeList) {
        if let source = step.options.source {
            _ = try await SourceListing.write(
                context.project.path(source), to: sourceList(in: context), context.progress)
        }
        return try await make(step, fromListed: previous, for: store, in: context)
    }

    /// What `prepare` has made in the step's folder, for `run`: nothing is listed again, so that `run` uploads what
    /// `prepare` looked at.
    static func madeBefore(
        _ before: Sync.Before, _ step: Sync, for store: any ReleaseStore, in context: StepContext
    ) async throws -> WantedRelease {
        let manifest = manifest(in: context)
        if let files = before.files, let header = try? Manifest.Reader(manifest).header,
            header.runID == context.run.id, header.version == step.options.version
        {
            return WantedRelease(manifest: manifest, files: files, step: step, assets: list(of: step, in: context))
        }
        // An older runner did not count, or the folder lost the file.
        if step.options.source != nil, (try? AssetList.Reader(sourceList(in: context))) == nil {
            return try await make(step, nil, for: store, in: context).0
        }
        return try await make(step, fromListed: nil, for: store, in: context).0
    }

    private static func make(
        _ step: Sync, fromListed previous: ReleasePlan.Previous?, for store: any ReleaseStore, in context: StepContext
    ) async throws -> (WantedRelease, ChangeList) {
        let redirects = RedirectAssets(step.options.redirects)
        let site = siteList(of: step, in: context)
        if !redirects.isEmpty {
            try await redirects.add(to: site, writing: list(of: step, in: context), context.folder)
        }
        let draft = WantedRelease(
            manifest: manifest(in: context), files: 0, step: step, assets: list(of: step, in: context))
        let header = ManifestHeader(
            version: step.options.version, commit: step.options.commit,
            committedAt: step.options.committedAt.flatMap { Date(timestamp: $0) }?.timestamp,
            createdAt: context.clock.date.timestamp, runID: context.run.id,
            origin: RunOrigin(environment: context.environment),
            runnerVersion: context.run.runnerVersion)
        let (files, changes) = try await BlockingWork.run { flag in
            let feed = try TransferFeed(draft.plan(previous))
            let writer = try Manifest.Writer(draft.manifest, header)
            var (conflicts, changes) = (KeyConflicts(), ChangeList())
            let check = try store.entryCheck(of: step.options.version)
            while true {
                try flag.check()
                let jobs = try feed.next(64)
                if jobs.isEmpty { break }
                for job in jobs {
                    try conflicts.add(job.asset.key, isCompressed: job.asset.original != nil)
                    try check(job.entry)
                    try writer.write(job.entry)
                    add(job, previous?.version, to: &changes)
                }
            }
            try writer.finish()
            return (writer.count, changes)
        }
        guard files > 0 else {
            throw StepError(
                "empty-release", "the asset list \(draft.assets) names no file, and a release without files is no site",
                help: "look at what the `hash` step's `source`, `include` and `exclude` select")
        }
        return (WantedRelease(manifest: draft.manifest, files: files, step: step, assets: draft.assets), changes)
    }

    // MARK: - Files of the step's folder

    private static func manifest(in context: StepContext) -> FilePath { context.folder.appending("manifest.jsonl") }
    private static func sourceList(in context: StepContext) -> FilePath { context.folder.appending("source.jsonl") }

    /// The site's files.
    private static func siteList(of step: Sync, in context: StepContext) -> FilePath {
        step.options.source != nil ? sourceList(in: context) : context.project.path(step.options.assets ?? "")
    }

    /// The site's files, and the redirects.
    private static func list(of step: Sync, in context: StepContext) -> FilePath {
        step.options.redirects.isEmpty ? siteList(of: step, in: context) : context.folder.appending("assets.jsonl")
    }

    // MARK: - What it is compared with

    func comparison(with manifest: FilePath) throws -> ManifestComparison {
        let (old, new) = (try Manifest.Reader(manifest), try Manifest.Reader(self.manifest))
        return try ManifestComparison(from: old.next, to: new.next)
    }

    func plan(_ previous: ReleasePlan.Previous?) -> ReleasePlan {
        ReleasePlan(
            version: step.options.version, assets: assets, entry: step.entry, previous: previous,
            concurrency: step.options.concurrency, partSize: step.options.partSize.bytes,
            files: files == 0 ? nil : files)
    }

    /// Which files the release adds or copies, in another walk through the asset list.
    ///
    /// - Parameter others: changes besides the files.
    func changes(_ others: ChangeList, _ previous: ReleasePlan.Previous?) async throws -> ChangeList {
        let plan = plan(previous)
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
