internal import FoundationEssentials
public import PipelineKit
internal import SystemPackage

/// What was found in a release that another tool has made.
public struct ForeignFiles: Hashable, Sendable {
    public var files = 0
    /// The size of everything that is stored.
    public var bytes = 0
    /// Files that are stored compressed, beside their original or instead of it.
    public var compressed = 0
    /// When the newest of them was written; ISO 8601, UTC.
    public var newest = ""

    public init() {}
}

/// Makes releases of what other tools have put into the store: their files stay as they are, and get a manifest.
extension ReleaseStore {
    /// The command that adopts a release.
    public func adoption(of version: ReleaseVersion) -> String {
        "\(ProgramName.current) adopt \(ShellWord.quoted(resource.url)) \(version)"
    }

    /// Reads every file of a release once and writes its manifest, which is durable when this returns.
    ///
    /// - Throws: `StepError` `release-exists`, `upload-unfinished`, `retirement-unfinished`, `no-such-release`,
    ///   `foreign-entry`, `changed-meanwhile`; `NewerFormat`.
    public func adopt(_ version: ReleaseVersion, in context: StepContext) async throws -> ForeignFiles {
        try await refuseIfNewer(in: context)
        try await refuseUnlessForeign(version, in: context.folder)
        let (list, manifest) = (context.folder.appending("files.jsonl"), context.folder.appending("manifest.jsonl"))
        let found = try await examine(version, listing: list, in: context)
        guard found.files > 0 else { throw try await noSuchRelease(version) }
        // A release is as old as its files, so that adopting one does not make it the newest of the store.
        let createdAt =
            found.newest.isEmpty ? context.clock.date.timestamp : min(found.newest, context.clock.date.timestamp)
        let header = ManifestHeader(
            version: version, commit: nil, createdAt: createdAt, runID: context.run.id,
            origin: RunOrigin(person: nil, jobURL: nil), runnerVersion: context.run.runnerVersion, adopted: true)
        try await BlockingWork.run { flag in
            let (lines, writer) = (try LineReader(list), try Manifest.Writer(manifest, header))
            while let line = try lines.next() {
                try flag.check()
                try writer.write(try ManifestEntry(line: line))
            }
            try writer.finish()
        }
        try await flush()
        // A run on another machine may not see this one's lease.
        try await refuseUnlessForeign(version, in: context.folder)
        try await context.leases.confirm(resource)
        // Runners of format 1 delete it like any other release.
        try await raiseFormat(in: context)
        try await put(manifest, as: .manifest(of: version))
        return found
    }

    private func refuseUnlessForeign(_ version: ReleaseVersion, in folder: FilePath) async throws {
        if let header = try await header(of: version, in: folder) {
            let how = header.adopted ? "was adopted" : "was made by a runner"
            throw StepError(
                "release-exists",
                "\(version) is a release of \(resource) already: it \(how), in run \(header.runID); its manifest is "
                    + location(of: .manifest(of: version)),
                help: "nothing to do: deploys, `release` and rollbacks know it")
        }
        if try await exists(.incoming(version)) {
            throw StepError(
                "upload-unfinished",
                "\(version) is being uploaded to \(resource), or its upload was interrupted: "
                    + location(of: .incoming(version)),
                help: "wait for the run to end; if it was interrupted, `\(ProgramName.current) recover` finishes it")
        }
        if try await exists(.trash(version)) {
            throw StepError(
                "retirement-unfinished",
                "\(version) is being deleted from \(resource), or its deletion was interrupted: "
                    + location(of: .trash(version)),
                help: "wait for the run to end; the next `sync` or `prune` finishes it")
        }
    }

    private func noSuchRelease(_ version: ReleaseVersion) async throws -> StepError {
        let names = try await unknownReleases(besides: [])
        let complete = Set(try await records(in: .manifests).map { $0.name })
        let foreign = names.filter { !complete.contains($0 + ".jsonl") && $0 != version.name }
        let shown =
            foreign.suffix(5).joined(separator: ", ") + (foreign.count > 5 ? " and \(foreign.count - 5) more" : "")
        let nearest = Suggestion.nearest(to: version.name, among: foreign).map { "did you mean `\($0)`? " } ?? ""
        return StepError(
            "no-such-release", "there are no files of \(version): nothing is in \(location(of: version))",
            help: foreign.isEmpty
                ? "check that \(resource) is the intended store: each of its releases has a manifest"
                : nearest + "releases without a manifest: \(shown)")
    }
}

/// The error if somebody has changed a release while it was read.
func changedWhileAdopted(_ place: String, _ version: ReleaseVersion, _ reason: String) -> StepError {
    StepError(
        "changed-meanwhile", "\(place) \(reason) while \(version) was read, so that no manifest was written",
        help: "wait until nothing writes there, then run this again", retry: .conflict)
}
