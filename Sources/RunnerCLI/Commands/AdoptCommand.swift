internal import ArgumentParser
internal import PipelineKit
internal import Releases
internal import SystemPackage

struct AdoptCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Makes a release of files that another tool has put into a store.",
        discussion: """
            Reads every file of `releases/VERSION` once and writes the manifest that is missing, with `adopted: true`. No file \
            is changed. From then on VERSION is a release like any other: deploys copy unchanged files from it, `release` \
            finds it, and ways back lead to it. Only `prune` leaves it, unless its option `adopted` is set, because the other \
            tool may still write there.

            A deploy does not need it: whatever was live before the first one is put back if that fails.

            Links, pipes, names that no manifest can hold, and files that change meanwhile are refused. In a folder, \
            `name.gz` beside `name` counts as its compressed form if it unpacks to the same bytes.

              runner adopt /srv/www/my-site 20240101120000
              runner adopt s3://my-bucket/my-site v0.9.0

            Exit status: 0 the release has a manifest now; 1 it has none, or had one before; 64 wrong usage; 75 another run has \
            the store.
            """)

    @Argument(help: "The store: a folder, or a bucket and prefix.", completion: .directory) var store: String
    @Argument(help: "The release: a name in the store's `releases`.") var version: String
    @ArgumentParser.Option(
        name: .long, help: "Folder at which a relative STORE starts, and whose `.runner` is used (default: this one).",
        completion: .directory)
    var project: String?
    @OptionGroup var stateOptions: StateOptions
    @Flag(name: .shortAndLong, help: "Print errors only.") var quiet = false
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { true }

    func run(in context: CommandContext) async throws -> Exit {
        let (url, release): (StoreURL, ReleaseVersion)
        do {
            (url, release) = (try StoreURL(store), try ReleaseVersion(version))
        } catch let error as StepError {
            throw CommandError.badArgument(error)
        }
        let folder = project.map { context.path($0) } ?? context.currentFolder
        // To take its lease would make the folder.
        if case .folder(let path) = url, try !FileStatus.isFolder(Project(folder: folder).path(path)) {
            throw CommandError.noSuchStore(Project(folder: folder).path(path).string)
        }
        let output = outputOptions.output(on: context.console, quiet ? .quiet : .normal)
        let session = AdoptSession(
            context: context, project: Project(folder: folder),
            state: stateOptions.folder(in: context, usual: ProjectLocator(around: folder).state),
            output: output)
        let (found, manifest) = try await session.adopt(release, in: url)
        output.document(.adopted(found, release, in: url.resource(in: session.project).url, manifest: manifest))
        let compressed = found.compressed == 0 ? "" : ", \(found.compressed) of them compressed"
        output.note(
            "release \(release) is adopted: \(found.files) \(found.files == 1 ? "file" : "files")\(compressed), \(ByteCount(found.bytes).text)"
        )
        output.note("  its manifest is \(manifest)")
        return .success
    }
}

extension JSONDocument {
    /// What `runner adopt` has made a release of.
    static func adopted(
        _ found: ForeignFiles, _ version: ReleaseVersion, in store: String, manifest: String
    ) -> JSONDocument {
        JSONDocument(
            schema: "runner.adopt/1", type: "adopted",
            fields: [
                "store": .text(store), "version": .text(version.name), "files": .integer(found.files),
                "compressed": .integer(found.compressed), "bytes": .integer(found.bytes), "manifest": .text(manifest),
            ])
    }
}
