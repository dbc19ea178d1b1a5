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
                store: s3://my-bucket/site
                headers:
                  - { match: "**/*.pdf", cache-control: "public, max-age=86400" }
            """)

    let options: Options
    let rules: HeaderRules

    public init(_ options: Options) {
        self.options = options
        rules = HeaderRules(options.headers, immutable: options.immutable)
    }

    public static var effect: Effect { .reversible }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .undoing }

    /// The manifest's entry for a file.
    ///
    /// - Parameters:
    ///   - earlier: the file of this key that visitors may have.
    ///   - isKnown: false if nobody knows what visitors have.
    func entry(for asset: Asset, replacing earlier: ManifestEntry?, isKnown: Bool) -> ManifestEntry {
        isKnown ? rules.entry(for: asset, replacing: earlier) : rules.entry(for: asset)
    }

    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
        options.$store.map { [$0.resource(in: project)] } ?? []
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        let store = try await options.store.open(in: context)
        let rights = context.isPlan ? try await store.checkRights() : []
        try await WantedRelease.list(self, in: context)
        guard let manifest = try await store.manifest(of: options.version, in: context.folder) else {
            let earlier = try await earlier(in: store, context)
            var look = try await look(replacing: earlier, in: store, context)
            look.changes.unprovenRights = rights
            let state = try await stateWithoutManifest(in: store, context)
            return .change(from: before(state, earlier, look), look.changes)
        }
        // The same files get the same headers again, whatever was live in between.
        let own = WantedRelease.Earlier(manifests: [(options.version, manifest)])
        let wanted = try await WantedRelease.make(self, own, for: store, in: context).wanted
        let comparison = try wanted.comparison(with: manifest)
        if comparison.isEmpty { return .already(output(wanted, in: store)) }
        try await refuseUnlessOverwritten(comparison, manifest, in: store, context)
        let earlier = try await earlier(in: store, context, own: manifest)
        var look = try await look(replacing: earlier, in: store, context)
        look.changes.unprovenRights = rights
        look.changes.notes.append(
            "the old content of \(options.version) goes for good: no rollback can restore it")
        return .change(from: before(.complete, earlier, look), look.changes)
    }

    private func before(_ state: Before.State, _ earlier: WantedRelease.Earlier, _ look: WantedRelease.Look) -> Before {
        Before(state: state, files: look.wanted.files, earlier: earlier.manifests.last?.version)
    }

    /// - Parameter own: the manifest of the version itself, if it will be overwritten.
    private func earlier(
        in store: any ReleaseStore, _ context: StepContext, own: FilePath? = nil
    ) async throws -> WantedRelease.Earlier {
        let previous = try await store.releaseToReuse(for: options.version, in: context.folder)
        let known = previous.map { (version: $0.version, manifest: $0.manifest) }
        var earlier = WantedRelease.Earlier(
            manifests: [own.map { (options.version, $0) }, known].compactMap(\.self),
            copied: options.reuse ? known : nil)
        earlier.isLive = previous?.isLive ?? false
        if earlier.manifests.isEmpty { earlier.isFirst = try await store.records(in: .manifests).isEmpty }
        return earlier
    }

    private func look(
        replacing earlier: WantedRelease.Earlier, in store: any ReleaseStore, _ context: StepContext
    ) async throws -> WantedRelease.Look {
        do {
            var look = try await WantedRelease.make(self, earlier, for: store, in: context)
            for warning in look.warnings { context.logger.warning("\(warning)") }
            if let twin = look.twin {
                let notice = "\(options.version) has the same files as \(twin), which visitors have"
                if context.isPlan {
                    look.changes.notes.append(notice)
                } else {
                    context.logger.notice("\(notice)")
                }
            }
            return look
        } catch let error as ManifestError where !options.reuse {
            context.logger.warning(
                "\(error.message), so that names are not believed to be hashes: caches must revalidate each file")
            return try await WantedRelease.make(self, .init(isKnown: false), for: store, in: context)
        }
    }

    public func plannedOutputs(from before: Before) -> [String: Value] {
        ["version": .text(options.version.name)]
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        let store = try await options.store.open(in: context)
        for warning in try await store.finishRetirements(before: options.version, in: context) {
            context.logger.warning("\(warning)")
        }
        let own = try await store.manifest(of: options.version, in: context.folder)
        let earlier = try await earlier(in: store, context, own: own)
        let wanted = try await WantedRelease.madeBefore(before, self, earlier, for: store, in: context)
        if let manifest = own {
            let comparison = try wanted.comparison(with: manifest)
            // An earlier attempt of this step got as far as the manifest.
            if comparison.isEmpty { return output(wanted, in: store, created: before.state != .complete) }
            try await refuseUnlessOverwritten(comparison, manifest, in: store, context)
            // From here on, the old content counts as an interrupted upload, whose files may stay or go.
            try await store.move(.manifest(of: options.version), to: .incoming(options.version))
        }
        do {
            let upload = try await begin(wanted, in: store, context)
            let transferred = try await transfer(wanted, copying: earlier.copied, for: upload, to: store, context)
            try await seal(upload, transferred, in: store, context)
            let counts = transferred.counts
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
            version, to: "completed while visitors get it", help: "point it at a complete release first",
            in: context)
        return .incomplete
    }

    /// - Parameter manifest: of the release that is in the store.
    private func refuseUnlessOverwritten(
        _ comparison: ManifestComparison, _ manifest: FilePath, in store: any ReleaseStore, _ context: StepContext
    ) async throws {
        if options.overwrite {
            return try await store.refuseIfPointedAt(
                options.version, to: "overwritten", help: Self.adviceOnVersions, in: context)
        }
        let commits = try otherCommits(manifest)
        let isInUse: Bool
        do {
            isInUse = try await store.pointedVersions(in: context).contains { $0.version == options.version }
        } catch {
            // What visitors have is not known, so nothing is offered that could take it away.
            try Task.checkCancellation()
            isInUse = true
        }
        throw StepError(
            "version-exists",
            "release \(options.version) is in \(store.resource) already, with other content: \(comparison.text)"
                + (commits.map { "; it was made from the commit \($0.theirs), and this run has \($0.own)" } ?? ""),
            help: (commits != nil && options.version.name.contains("_")
                ? "the tags `v1+a` and `v1_a` name one release: tag the new commit otherwise; or " : "")
                + Self.adviceOnVersions
                + (isInUse ? "" : "; as no pointer is at it, `overwrite: true` can replace it"))
    }

    private static let adviceOnVersions =
        "give the new content a version of its own: with `append: run` of `git-tag` every run has one, and so has a "
        + "`version` that ends with `${{ run.id }}`"

    /// The commit that the release in the store was made from and this run's, if both are known and differ.
    private func otherCommits(_ manifest: FilePath) throws -> (theirs: String, own: String)? {
        guard let own = options.commit, let theirs = try Manifest.Reader(manifest).header.commit, own != theirs else {
            return nil
        }
        return (String(theirs.prefix(12)), String(own.prefix(12)))
    }

    public func summary(of output: Output) -> String? {
        let release = "\(output.version), \(CountText.text(output.files, "file"))"
        guard output.uploaded + output.copied > 0 else { return release + ", all there already" }
        var parts: [String] = []
        if output.uploaded > 0 {
            parts.append("\(CountText.text(output.uploaded)) sent (\(ByteCount(output.bytes).text))")
        }
        if output.copied > 0 { parts.append("\(CountText.text(output.copied)) copied") }
        if output.skipped > 0 { parts.append("\(CountText.text(output.skipped)) there already") }
        return release + ": " + parts.joined(separator: ", ")
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
