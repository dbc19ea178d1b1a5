internal import Logging
public import PipelineKit
internal import Releases
internal import SystemPackage

/// Makes the release in the store: files first, its manifest last.
public struct Sync: Step {
    public static let kind = StepKind(
        "sync", "makes the release in the store", timeout: .seconds(1_800), rollbackTimeout: .seconds(1_800),
        undoing:
            "The release that the run made is deleted, unless `keep-failed` keeps it. What `overwrite` replaced is gone: "
            + "a run that is rolled back after that ends with 3.",
        example: """
            - uses: sync
              with:
                store: /srv/www/site
                headers:
                  - { match: "**/*.pdf", cache-control: "public, max-age=86400" }
            """)

    let options: Options
    let rules: HeaderRules
    private let redirects: RedirectAssets

    public init(_ options: Options) {
        self.options = options
        rules = HeaderRules(options.headers)
        redirects = RedirectAssets(options.redirects)
    }

    public static var effect: Effect { .reversible }

    /// The manifest's entry for a file.
    @Sendable func entry(for asset: Asset) -> ManifestEntry {
        var entry = rules.entry(for: asset)
        if let target = redirects.target(of: asset.key) { entry.headers[ManifestEntry.redirectHeader] = target }
        return entry
    }

    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
        options.$store.map { [$0.resource(in: project)] } ?? []
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let store = try await options.store.open(in: context)
        let wanted = try await WantedRelease(self, isFirstLook: true, for: store, in: context)
        if let manifest = try await store.manifest(of: options.version, in: context.folder) {
            let comparison = try wanted.comparison(with: manifest)
            if comparison.isEmpty { return .already(output(wanted, in: store)) }
            try await refuseUnlessOverwritten(comparison, in: store, context)
            let changes = try await wanted.changes(in: store, [overwriting], context)
            return .change(from: Before(state: .complete), changes)
        }
        let state = try await stateWithoutManifest(in: store, context)
        return .change(from: Before(state: state), try await wanted.changes(in: store, [], context))
    }

    public func plannedOutputs(from before: Before) -> [String: Value] {
        ["version": .text(options.version.name)]
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let store = try await options.store.open(in: context)
        let wanted = try await WantedRelease(self, isFirstLook: false, for: store, in: context)
        for warning in try await store.finishRetirements(before: options.version, in: context) {
            context.logger.warning("\(warning)")
        }
        if let manifest = try await store.manifest(of: options.version, in: context.folder) {
            let comparison = try wanted.comparison(with: manifest)
            // An earlier attempt of this step got as far as the manifest.
            if comparison.isEmpty { return output(wanted, in: store, created: before.state != .complete) }
            try await refuseUnlessOverwritten(comparison, in: store, context)
            // From here on, the old content counts as an interrupted upload, whose files may stay or go.
            try await store.move(.manifest(of: options.version), to: .incoming(options.version))
        }
        do {
            let counts = try await upload(wanted, to: store, context)
            context.logger.info(
                "release \(options.version): \(counts.uploaded) sent, \(counts.copied) copied, \(counts.skipped) kept")
            return output(wanted, in: store, counts, created: true)
        } catch let conflict as UploadConflict {
            guard let manifest = try await store.manifest(of: options.version, in: context.folder),
                try wanted.comparison(with: manifest).isEmpty
            else { throw conflict }
            // Another run has made the very same release, which is as good.
            try await store.abandon(options.version, of: context.run.id, in: context.folder)
            context.logger.notice("release \(options.version) has the same content as this run's: \(conflict.message)")
            return output(wanted, in: store)
        }
    }

    /// - Throws: `UploadConflict` if another run makes the release.
    private func upload(
        _ wanted: WantedRelease, to store: any ReleaseStore, _ context: StepContext
    ) async throws -> TransferCounts {
        let upload = try await store.begin(options.version, wanted.manifest, in: context)
        let transferred = try await store.transfer(wanted.plan(in: store, context), of: upload, in: context)
        try await store.flush()
        // If another run owns the release by now, every file may differ: one error says so.
        try await store.requireOwn(upload, in: context.folder)
        func check() async throws -> Completeness {
            try await store.check(
                options.version, against: wanted.manifest, transferred.receipts, options.verify, in: context.folder)
        }
        var completeness = try await check()
        if !completeness.isComplete, try await store.removeLateFiles(of: upload, in: context.folder) {
            completeness = try await check()
        }
        guard completeness.isComplete else {
            // It may have become another run's while it was compared.
            try await store.requireOwn(upload, in: context.folder)
            throw StepError(
                "incomplete-release",
                "release \(options.version) in \(store.resource) is not what its manifest says: "
                    + completeness.text,
                help: "find out what else writes into \(store.location(of: options.version)), then run again")
        }
        try await store.complete(upload, in: context.folder)
        return transferred.counts
    }

    public func rollback(to before: Before, in context: StepContext) async throws {
        let store = try await options.store.open(in: context)
        if options.keepFailed {
            context.logger.notice("release \(options.version) is kept, as `keep-failed` says")
            return
        }
        if before.state == .complete, try await restored(store, context) { return }
        guard try await isOwn(in: store, context) else {
            return try await store.removeStrays(of: options.version, in: context.folder)
        }
        if before.state == .complete {
            throw NotUndoable("its old content was overwritten, as `overwrite: true` asked, and is gone")
        }
        try await store.refuseIfPointedAt(
            options.version, to: "taken back", help: "point it at another release first", in: context)
        do {
            let stays = try await store.retire(options.version, of: context.run.id, in: context)
            if let stays { context.logger.warning("\(stays)") }
        } catch let error as UnfinishedRetirement where error.retryClass == .failure {
            // Visitors get what they got before. Another attempt would fail again, and what remains does no harm.
            context.logger.warning("\(error.warning)")
        } catch let error as any DescribedError where error.retryClass == .conflict {
            // Another run may have taken it over since.
            if try await isOwn(in: store, context) { throw error }
        }
    }

    /// True if the release is this run's to take back, or gone. What another run made or took over stays.
    private func isOwn(in store: any ReleaseStore, _ context: StepContext) async throws -> Bool {
        let run = context.run.id
        try await store.abandon(options.version, of: run, in: context.folder)
        let header = try await store.headerOfUpload(options.version, in: context.folder)
        return header == nil || header?.runID == run
    }

    private var overwriting: Change {
        Change(.replace, options.version.name, detail: "its old content goes for good: no rollback can restore it")
    }

    /// Restores the release that this run was going to overwrite, if the run ended before it touched it. True if it
    /// did.
    private func restored(_ store: any ReleaseStore, _ context: StepContext) async throws -> Bool {
        let (version, folder) = (options.version, context.folder)
        guard try await !store.isComplete(version),
            let header = try await store.headerOfUpload(version, in: folder), header.runID != context.run.id,
            try await store.isUntouched(version, in: folder)
        else { return false }
        try await store.move(.incoming(version), to: .manifest(of: version))
        return true
    }

    private func stateWithoutManifest(in store: any ReleaseStore, _ context: StepContext) async throws -> Before.State {
        let version = options.version
        guard try await store.hasFiles(of: version) else { return .absent }
        if try await store.exists(.trash(version)) { return .absent }
        guard try await store.exists(.incoming(version)) else {
            // Another run has completed it since this one looked; `run` looks again.
            if try await store.isComplete(version) { return .incomplete }
            throw StepError(
                "unknown-release", "\(store.location(of: version)) has files, and no record of the store names them",
                help:
                    "choose another version; or, if they are a release of another tool, `\(store.adoption(of: version))`"
            )
        }
        try await store.refuseIfPointedAt(
            version, to: "completed while viewers get it", help: "point it at a complete release first",
            in: context)
        return .incomplete
    }

    private func refuseUnlessOverwritten(
        _ comparison: ManifestComparison, in store: any ReleaseStore, _ context: StepContext
    ) async throws {
        guard options.overwrite else {
            throw StepError(
                "version-exists",
                "release \(options.version) is in \(store.resource) already, with other content: "
                    + comparison.text,
                help: "give the new content a version of its own, or set `overwrite: true`")
        }
        try await store.refuseIfPointedAt(
            options.version, to: "overwritten", help: "give the new content a version of its own", in: context)
    }

    private func output(
        _ wanted: WantedRelease, in store: any ReleaseStore, _ counts: TransferCounts? = nil, created: Bool = false
    ) -> Output {
        var output = Output()
        output.version = options.version.name
        output.uploaded = counts?.uploaded ?? 0
        output.copied = counts?.copied ?? 0
        output.skipped = counts?.skipped ?? wanted.files
        output.bytes = counts?.bytes ?? 0
        output.files = wanted.files
        output.manifest = store.location(of: .manifest(of: options.version))
        output.created = created
        return output
    }
}
