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

    public var effect: Effect { .reversible }

    /// What the manifest says of a file.
    @Sendable func entry(for asset: Asset) -> ManifestEntry {
        var entry = rules.entry(for: asset)
        if let target = redirects.target(of: asset.key) { entry.headers[ManifestEntry.redirectHeader] = target }
        return entry
    }

    public static func resources(of options: Options, in project: Project) -> [Resource] {
        options.$store.known.map { [$0.resource(in: project)] } ?? []
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let store = try await options.store.open(in: context)
        let wanted = try await WantedRelease(self, isFirstLook: true, for: store, in: context)
        if let manifest = try await store.manifest(of: options.version, in: context.folder) {
            let comparison = try wanted.comparison(with: manifest)
            if comparison.isEmpty { return .already(output(wanted, in: store)) }
            try await refuseUnlessOverwritten(comparison, in: store)
            return .change(
                from: Before(state: .complete), [overwriting] + (try await wanted.changes(in: store, context)))
        }
        let state = try await stateWithoutManifest(in: store, context)
        return .change(from: Before(state: state), try await wanted.changes(in: store, context))
    }

    public func foresee(from before: Before) -> [String: Value] {
        ["version": .text(options.version.name)]
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let store = try await options.store.open(in: context)
        let wanted = try await WantedRelease(self, isFirstLook: false, for: store, in: context)
        for warning in try await store.finishRetirements(before: options.version, in: context.folder) {
            context.logger.warning("\(warning)")
        }
        if let manifest = try await store.manifest(of: options.version, in: context.folder) {
            let comparison = try wanted.comparison(with: manifest)
            // An earlier attempt of this step came as far as the manifest.
            if comparison.isEmpty { return output(wanted, in: store, created: before.state != .complete) }
            try await refuseUnlessOverwritten(comparison, in: store)
            // From here the old content counts as an interrupted upload, whose files may stay or go.
            try await store.move(.manifest(of: options.version), to: .incoming(options.version))
        }
        try await store.begin(options.version, wanted.manifest, in: context.folder)
        let counts = try await store.transfer(wanted.plan(in: store, context), in: context)
        try await store.settle()
        let completeness = try await store.check(
            options.version, against: wanted.manifest, options.verify, in: context.folder)
        guard completeness.isComplete else {
            throw StepError(
                "incomplete-release",
                "release \(options.version) in \(store.resource) is not what its manifest says: "
                    + completeness.text,
                help: "find out what else writes into \(store.location(of: options.version)), then run again")
        }
        try await store.move(.incoming(options.version), to: .manifest(of: options.version))
        context.logger.info(
            "release \(options.version): \(counts.uploaded) sent, \(counts.copied) copied, \(counts.skipped) kept")
        return output(wanted, in: store, counts, created: true)
    }

    public func rollback(to before: Before, in context: StepContext) async throws {
        let store = try await options.store.open(in: context)
        if options.keepFailed {
            context.logger.notice("release \(options.version) is kept, as `keep-failed` says")
            return
        }
        if before.state == .complete, try await restored(store, context) { return }
        let header = try await store.headerOfUpload(options.version, in: context.folder)
        // Nothing is there, or it was taken up by another run after this one was interrupted.
        guard header == nil || header?.runID == context.run.id else { return }
        if before.state == .complete {
            throw NotUndoable("its old content was overwritten, as `overwrite: true` asked, and is gone")
        }
        try await store.refuseIfPointedAt(
            options.version, to: "taken back",
            help: "point it at another release first")
        do {
            let stays = try await store.retire(options.version, in: context.folder)
            if let stays { context.logger.warning("\(stays)") }
        } catch let error as UnfinishedRetirement where error.retryClass == .failure {
            // Viewers get what they got before. Tried again it would fail again, and what stays is in nobody's way.
            context.logger.warning("\(error.warning)")
        }
    }

    private var overwriting: Change {
        Change(.replace, options.version.name, detail: "its old content goes for good: no rollback can restore it")
    }

    /// Whether the run ended before it had touched the release that it was to overwrite; then it is complete again.
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
            throw StepError(
                "unknown-release", "\(store.location(of: version)) has files, and no record of the store names them",
                help:
                    "choose another version; or, if they are a release of another tool, `\(store.adoption(of: version))`"
            )
        }
        try await store.refuseIfPointedAt(
            version, to: "completed while viewers get it", help: "point it at a complete release first")
        return .incomplete
    }

    private func refuseUnlessOverwritten(_ comparison: ManifestComparison, in store: any ReleaseStore) async throws {
        guard options.overwrite else {
            throw StepError(
                "version-exists",
                "release \(options.version) is in \(store.resource) already, with other content: "
                    + comparison.text,
                help: "give the new content a version of its own, or set `overwrite: true`")
        }
        try await store.refuseIfPointedAt(
            options.version, to: "overwritten", help: "give the new content a version of its own")
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
