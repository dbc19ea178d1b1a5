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

    /// What `prepare` finds while it makes the manifest.
    struct Look: Sendable {
        var wanted: WantedRelease
        /// Which files the release adds or copies.
        var changes: ChangeList
        var warnings: [String] = []
        /// The release that visitors have, if this one has the very same files.
        var twin: ReleaseVersion?
    }

    /// What is known of the files that visitors may have.
    struct Earlier: Sendable {
        /// The manifest of the version itself, if it is there and will be overwritten; then that of the release before.
        /// The first one that has a key decides about the key.
        var manifests: [ReleasePlan.Previous] = []
        /// The release whose files can be copied.
        var copied: ReleasePlan.Previous?
        /// True if visitors have the release before.
        var isLive = false
        /// True if the store has no release.
        var isFirst = false
        /// False if what visitors have is not known: then no name is believed to be a hash.
        var isKnown = true
    }

    /// Lists what `source` names. `prepare` does it once, and `run` uploads what `prepare` looked at.
    static func list(_ step: Sync, in context: StepContext) async throws {
        guard let source = step.options.source else { return }
        _ = try await SourceListing.write(
            source, in: context.project, AssetFilter(followsLinksOut: step.options.followLinks),
            to: sourceList(in: context), context.progress)
    }

    /// What `prepare` has made in the step's folder, for `run`.
    ///
    /// - Parameter earlier: what is known now. If another release than then is the one before, the manifest is made anew.
    static func madeBefore(
        _ before: Sync.Before, _ step: Sync, _ earlier: Earlier, for store: any ReleaseStore, in context: StepContext
    ) async throws -> WantedRelease {
        let manifest = manifest(in: context)
        if let files = before.files, before.earlier == earlier.manifests.last?.version,
            let header = try? Manifest.Reader(manifest).header,
            header.runID == context.run.id, header.version == step.options.version
        {
            return WantedRelease(manifest: manifest, files: files, step: step, assets: list(of: step, in: context))
        }
        if step.options.source != nil, (try? AssetList.Reader(sourceList(in: context))) == nil {
            try await list(step, in: context)
        }
        return try await make(step, earlier, for: store, in: context).wanted
    }

    /// Writes the manifest, in one walk through the asset list.
    ///
    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, `empty-release`; what the store could not keep;
    ///   `ManifestError` if an earlier manifest is damaged.
    static func make(
        _ step: Sync, _ earlier: Earlier, for store: any ReleaseStore, in context: StepContext
    ) async throws -> Look {
        let redirects = RedirectAssets(step.options)
        let (assets, manifest) = (list(of: step, in: context), manifest(in: context))
        if !redirects.isEmpty {
            try await redirects.add(to: siteList(of: step, in: context), writing: assets, context.folder)
        }
        let header = ManifestHeader(
            version: step.options.version, commit: step.options.commit,
            committedAt: step.options.committedAt.flatMap { Date(timestamp: $0) }?.timestamp,
            createdAt: store.date(context.clock.date).timestamp, runID: context.run.id,
            origin: RunOrigin(environment: context.environment),
            runnerVersion: context.run.runnerVersion)
        let empty = try context.changeList()
        let look = try await BlockingWork.run { flag in
            let (reader, writer) = (try AssetList.Reader(assets), try Manifest.Writer(manifest, header))
            let changes = ReleaseChanges(empty, from: earlier, in: store)
            let known = try earlier.manifests.enumerated().map { index, release in
                // The last one is the release before.
                let isBase = index == earlier.manifests.count - 1
                return try SortedLookup(
                    Manifest.Reader(release.manifest).next, unasked: isBase ? changes.addGone : nil)
            }
            var conflicts = KeyConflicts(inFolder: store.isFolder)
            var notes = AssetNotes(step.rules, inFolder: store.isFolder)
            var hasIndex = false
            let check = try store.entryCheck(of: step.options.version)
            while let asset = try reader.next() {
                try flag.check()
                try conflicts.add(asset)
                let found = try known.map { try $0.element(asset.key) }
                let before = found.lazy.compactMap(\.self).first
                let entry = step.entry(for: asset, replacing: before, isKnown: earlier.isKnown)
                try check(entry)
                try writer.write(entry)
                notes.note(asset, entry)
                if entry.isMisnamed, before?.isMisnamed == false || step.rules.callImmutable(asset.key) {
                    notes.misnamed.add(asset.key)
                }
                changes.add(entry, of: asset, replacing: found.last ?? nil)
                hasIndex = hasIndex || asset.key == indexKey
            }
            for lookup in known { try lookup.finish() }
            try writer.finish()
            let wanted = WantedRelease(manifest: manifest, files: writer.count, step: step, assets: assets)
            return Look(
                wanted: wanted, changes: changes.list(of: step.options.version),
                warnings: notes.warnings + (hasIndex ? [] : [noIndex]), twin: changes.twin)
        }
        guard look.wanted.files > 0 else {
            throw StepError(
                "empty-release", "the asset list \(assets) names no files, and a release must have some",
                help: "look at what the `hash` step's `source`, `include` and `exclude` select")
        }
        return look
    }

    private static let indexKey = "index.html"
    private static let noIndex =
        "the release has no `index.html` at its top, which is what visitors of `/` get: is `source` the folder of the "
        + "finished site?"

    // MARK: - Files of the step's folder

    private static func manifest(in context: StepContext) -> FilePath { context.folder.appending("manifest.jsonl") }
    private static func sourceList(in context: StepContext) -> FilePath { context.folder.appending("source.jsonl") }

    /// The site's files.
    private static func siteList(of step: Sync, in context: StepContext) -> FilePath {
        step.options.source != nil ? sourceList(in: context) : context.project.path(step.options.assets ?? "")
    }

    /// The site's files, and the redirects.
    private static func list(of step: Sync, in context: StepContext) -> FilePath {
        RedirectAssets(step.options).isEmpty
            ? siteList(of: step, in: context) : context.folder.appending("assets.jsonl")
    }

    // MARK: - What it is compared with

    func comparison(with manifest: FilePath) throws -> ManifestComparison {
        let (old, new) = (try Manifest.Reader(manifest), try Manifest.Reader(self.manifest))
        return try ManifestComparison(from: old.next, to: new.next)
    }

    func plan(_ previous: ReleasePlan.Previous?) -> ReleasePlan {
        ReleasePlan(
            version: step.options.version, assets: assets, manifest: manifest, previous: previous,
            concurrency: step.options.concurrency, partSize: step.options.partSize.bytes, files: files)
    }
}
