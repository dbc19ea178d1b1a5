public import PipelineKit
public import Releases
internal import SystemPackage

/// Makes the list of a site's files with the SHA-256 of each.
///
/// It only reads the source folder. A rollback has nothing to do: the list is in the run's folder.
public struct Hash: RunOnlyStep {
    public struct Options: StepOptions {
        @Option("the folder that holds the site's files, relative to the project", check: .notEmpty)
        public var source: String
        @Option("patterns of the files to take; an empty list takes all") public var include: [Glob] = []
        @Option(
            "patterns of files to leave out, besides `.git`, `.runner` and what editors and file managers leave behind")
        public var exclude: [Glob] = []
        @Option("follow links that lead out of `source`") public var followLinks = false

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("path of the asset list") public var assets = ""
        @Provided("the number of files") public var files = 0
        @Provided("their total size in bytes") public var bytes = 0

        public init() {}
    }

    public static let kind = StepKind(
        "hash", "lists the site's files with their SHA-256", timeout: .seconds(1_800),
        undoing: "Nothing: it writes into the run's folder only.",
        example: """
            - uses: hash
              with: { source: public, exclude: ["**/*.map"] }
            """)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .local }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .outputs }

    public func run(in context: StepContext) async throws -> Output {
        let list = context.folder.appending("assets.jsonl")
        let totals = try await SourceListing.write(
            options.source, in: context.project,
            AssetFilter(include: options.include, exclude: options.exclude, followsLinksOut: options.followLinks),
            to: list, context.progress)
        var output = Output()
        output.assets = list.string
        output.files = totals.files
        output.bytes = totals.bytes
        return output
    }

    public func summary(of output: Output) -> String? {
        "\(CountText.text(output.files, "file")), \(ByteCount(output.bytes).text)"
    }
}
