internal import AWS
internal import Logging
internal import Mirrors
public import PipelineKit
internal import Releases
internal import Synchronization
internal import SystemPackage

/// Brings a folder, or the objects below a bucket's prefix, up to date in place. It is for files that are not a
/// release.
public struct Mirror: Step {
    public static let kind = StepKind(
        "mirror", "updates a folder or a bucket's prefix in place", timeout: .seconds(1_800),
        undoing: "What it replaced or deleted is gone. A run that is rolled back after it ends with 3.",
        example: """
            - uses: mirror
              with: { source: downloads, to: /srv/www/downloads, delete: true }
            """)

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .irreversible }

    /// A folder has no lease: `run` locks it while it writes. A bucket's prefix keeps none either, since it is published as
    /// it is; runs of one machine are kept apart.
    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
        guard let to = options.$to, case .bucket = to else { return [] }
        return [Resource(url: "mirror:" + to.resource(in: project).url)]
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Nothing, Output> {
        let mirror = try await mirror(isFirstLook: true, in: context)
        for warning in try mirror.warnings() { context.logger.warning("\(warning)") }
        let changes = Mutex(try context.changeList())
        let same = try await mirror.compare(includesExtra: options.delete, in: context) { difference in
            changes.withLock { Self.add(difference, to: &$0) }
        }
        var found = changes.withLock(\.self)
        guard found.isEmpty else {
            found.summary = "\(mirror.place), in place"
            found.files?.unchanged = same
            if context.isPlan { found.unprovenRights = try mirror.checkRights() }
            return .change(from: Nothing(), found)
        }
        var counts = MirrorCounts()
        counts.skipped = same
        return .already(output(counts))
    }

    private static func add(_ difference: MirrorDifference, to changes: inout ChangeList) {
        let (key, bytes) = (difference.key, difference.bytes)
        var files = changes.files ?? ChangeList.Files()
        files.areLive = true
        files.bytes += bytes
        switch difference.kind {
        case .new:
            files.new += 1
            changes.add(.add, bytes: bytes) { Change(.add, key, detail: "new", bytes: bytes) }
        case .other(let reason):
            files.changed += 1
            changes.add(.replace, bytes: bytes) { Change(.replace, key, detail: reason, bytes: bytes) }
        case .extra:
            files.gone += 1
            changes.add(.remove, bytes: nil) { Change(.remove, key, detail: "not in the source") }
        }
        changes.files = files
    }

    public func run(from before: Nothing, in context: StepContext) async throws -> Output {
        let mirror = try await mirror(isFirstLook: false, in: context)
        let counts = try await mirror.run(deletes: options.delete, in: context)
        return output(counts)
    }

    public func summary(of output: Output) -> String? {
        guard output.uploaded + output.deleted > 0 else {
            return "\(CountText.text(output.skipped, "file")), all as they were"
        }
        var parts: [String] = []
        if output.uploaded > 0 {
            parts.append("\(CountText.text(output.uploaded)) written (\(ByteCount(output.bytes).text))")
        }
        if output.skipped > 0 { parts.append("\(CountText.text(output.skipped)) as they were") }
        if output.deleted > 0 { parts.append("\(CountText.text(output.deleted)) deleted") }
        return parts.joined(separator: ", ")
    }

    private func mirror(isFirstLook: Bool, in context: StepContext) async throws -> any SiteMirror {
        let filter = AssetFilter(
            include: options.include, exclude: options.exclude, followsLinksOut: options.followLinks)
        let mirror = try await mirror(filter, isFirstLook: isFirstLook, in: context)
        guard try options.allowEmpty || !mirror.isEmpty() else {
            throw StepError(
                "empty-source", "there are no files to mirror into \(mirror.place)",
                help: "look at `source`, `include` and `exclude`; if that is intended, set `allow-empty: true`")
        }
        return mirror
    }

    private func mirror(
        _ filter: AssetFilter, isFirstLook: Bool, in context: StepContext
    ) async throws -> any SiteMirror {
        switch options.to {
        case .folder(let path):
            let files = try await MirrorSource(options, filter, isFirstLook: isFirstLook, in: context)
            let target = try MirrorTarget(context.project.path(path), source: files.folder)
            return FolderMirror(files.list, into: target, filter)
        case .bucket(let name, let prefix):
            let client = try await context[AWSClientsKey.self].client(in: context).s3(name, prefix: prefix)
            // Neither of the two lists waits for the other.
            async let target = BucketMirrorTarget(client, prefix: prefix).list(in: context.folder)
            let files = try await MirrorSource(options, filter, isFirstLook: isFirstLook, in: context)
            return BucketMirror(
                files.list, into: try await target, filter, HeaderRules(options.headers),
                concurrency: options.concurrency, partSize: options.partSize.bytes)
        }
    }

    private func output(_ counts: MirrorCounts) -> Output {
        var output = Output()
        output.uploaded = counts.uploaded
        output.skipped = counts.skipped
        output.deleted = counts.deleted
        output.bytes = counts.bytes
        return output
    }
}
