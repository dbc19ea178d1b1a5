internal import Logging
public import PipelineKit
internal import Releases
internal import Synchronization
internal import SystemPackage

/// Brings a folder up to date in place, for what is no release.
public struct Mirror: Step {
    public static let kind = StepKind("mirror", "brings a folder up to date in place", timeout: .seconds(1_800))

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public var effect: Effect { .irreversible }

    public func prepare(in context: StepContext) async throws -> Preparation<Nothing, Output> {
        let mirror = try await mirror(isFirstLook: true, in: context)
        let changes = Mutex(ChangeList())
        let same = try await mirror.compare(includesExtra: options.delete) { difference in
            changes.withLock { $0.add(difference) }
        }
        let found = changes.withLock { $0.changes }
        guard found.isEmpty else { return .change(from: Nothing(), found) }
        var counts = MirrorCounts()
        counts.skipped = same
        return .already(output(counts))
    }

    public func run(from before: Nothing, in context: StepContext) async throws -> Output {
        let mirror = try await mirror(isFirstLook: false, in: context)
        let counts = try await mirror.run(deletes: options.delete, context.progress)
        context.logger.info("\(counts.uploaded) written, \(counts.skipped) kept, \(counts.deleted) deleted")
        return output(counts)
    }

    private func mirror(isFirstLook: Bool, in context: StepContext) async throws -> FolderMirror {
        guard case .folder(let path) = options.to else {
            throw StepError("bad-target", "this runner mirrors into folders only", help: "name a folder in `to`")
        }
        let filter = AssetFilter(include: options.include, exclude: options.exclude)
        let files = try await MirrorSource(options, filter, isFirstLook: isFirstLook, in: context)
        let target = try MirrorTarget(context.project.path(path), source: files.folder)
        let mirror = FolderMirror(files.list, into: target, filter)
        guard try options.allowEmpty || !mirror.isEmpty() else {
            throw StepError(
                "empty-source", "there is no file to mirror into \(target.root)",
                help: "look at `source`, `include` and `exclude`; if that is meant, set `allow-empty: true`")
        }
        return mirror
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
