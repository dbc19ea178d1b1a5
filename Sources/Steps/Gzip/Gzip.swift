internal import Logging
public import PipelineKit
public import Releases
internal import Synchronization
internal import SystemPackage

/// Compresses files that become notably smaller, and lists the compressed files in place of the originals.
///
/// The bytes depend only on the content, the level and the version of zlib: they contain no name and no time.
public struct Gzip: RunOnlyStep {
    public struct Options: StepOptions {
        @Option("the asset list to compress", wired: true) public var assets: String?
        @Option("the folder that holds the site's files, if there is no asset list") public var source: String?
        @Option("patterns of the files to compress; an empty list compresses what only browsers load: see below")
        public var include: [Glob] = []
        @Option("patterns of files that are not compressed") public var exclude: [Glob] = []
        @Option("follow links that lead out of `source`") public var followLinks = false
        @Option("from 1, the fastest, to 9, the smallest", check: .within(1...9)) public var level = 9
        @Option("files smaller than this are not compressed") public var minSize = ByteCount(1 << 10)
        @Option("in percent: files that would shrink by less are not compressed", check: .within(0...100))
        public var minSaving = 5
        @Option("threads that compress at once; if omitted, as many as the machine has processors", check: .workers)
        public var workers: Int?

        public init() {}

        public static let rules: [OptionRule] = [.oneOf(["assets", "source"])]

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            if !$assets.isGiven && !$source.isGiven {
                problems.add(
                    "set one of `assets` or `source`: what to compress", at: mark,
                    help: "put a `hash` step before this one, or set `source` to the site's folder")
            }
        }
    }

    public struct Output: StepOutputs {
        @Provided("path of the new asset list") public var assets = ""
        @Provided("files that are compressed") public var compressed = 0
        @Provided("how many bytes smaller they are in total") public var saved = 0

        public init() {}
    }

    public static let kind = StepKind(
        "gzip", "compresses the files that get smaller", timeout: .seconds(1_800),
        undoing: "Nothing: it writes into the run's folder only.",
        table: .init(
            "What is compressed",
            [
                .init(
                    "html htm xhtml css js mjs cjs svg wasm webmanifest map ttf otf ttc eot",
                    "compressed: only browsers load them, and browsers decompress"),
                .init(
                    "json xml rss atom txt md csv sh asc yaml …, files without an ending",
                    "as they are, unless `include` names them: feed readers, package managers, curl and checksum tools get "
                        + "what is stored, and do not decompress it. `include: [\"**\"]` takes all that gets smaller"
                ),
                .init("woff woff2 png jpg webp mp4 zip pdf …", "as they are: compressed already"),
                .init(
                    "`app.js.gz` beside `app.js`",
                    "taken as it is for `app.js`, if it holds the same; otherwise `app.js` stays as it is, with a warning"
                ),
            ]),
        example: """
            - uses: gzip
              with: { level: 9, min-size: 1KiB }
            """)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .local }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .outputs }

    public func run(in context: StepContext) async throws -> Output {
        let input = try input(in: context)
        let files = input.files
        let list = context.folder.appending("assets.jsonl")
        let policy = CompressionPolicy(
            include: options.include, exclude: options.exclude, level: options.level, minSize: options.minSize.bytes,
            minSaving: options.minSaving)
        let folder = context.folder.appending("gz")
        let (strangers, left) = (SharedSample(), LeftOut())
        let totals = try await OrderedWork.run(
            threads: options.workers ?? BlockingWork.processors,
            next: { try input.next() },
            makeWorker: { [isPlan = context.isPlan] _ in
                let compressor = try AssetCompressor(policy, of: files, into: folder, strangers)
                return { number, item in
                    let asset = try compressor.process(item, number: number)
                    if isPlan { left.add(try compressor.measure(asset)) }
                    return asset
                }
            },
            sink: try AssetListSink(list, context.progress))
        warn(of: strangers.value, context)
        tell(of: left, context)
        var output = Output()
        output.assets = list.string
        output.compressed = totals.compressed
        output.saved = totals.saved
        return output
    }

    public func summary(of output: Output) -> String? {
        output.compressed == 0
            ? "no file gets smaller"
            : "\(CountText.text(output.compressed, "file")), \(ByteCount(output.saved).text) saved"
    }

    /// What `include` would save. It costs as much time as the compression itself, so only a plan finds it out.
    private func tell(of left: LeftOut, _ context: StepContext) {
        let (files, bytes) = left.totals
        if files == 0 { return }
        context.logger.notice(
            """
            \(files == 1 ? "1 file stays as it is" : "\(files) files stay as they are"), because other programs than \
            browsers read such files too; `include: ["**"]` would save \(ByteCount(bytes).text)
            """)
    }

    private func warn(of strangers: FileSample, _ context: StepContext) {
        if strangers.count == 0 { return }
        context.logger.warning(
            """
            \(strangers.text): the `.gz` beside it holds something else, and a server with `gzip_static` sends it \
            in the place of the file; remove it, or make it anew
            """)
    }

    /// A `source` that the step sets itself wins over a list that is wired to it.
    private func input(in context: StepContext) throws -> CompressionInput {
        if let source = options.source {
            return .folder(
                try SourceListing.scanner(
                    of: source, in: context.project, AssetFilter(followsLinksOut: options.followLinks)))
        }
        return .list(try AssetList.Reader(context.project.path(options.assets ?? "")))
    }
}

/// What the files that are left as they are would save.
private final class LeftOut: Sendable {
    private let state = Mutex((files: 0, bytes: 0))

    func add(_ saved: Int) {
        if saved == 0 { return }
        state.withLock { $0 = ($0.files + 1, $0.bytes + saved) }
    }

    var totals: (files: Int, bytes: Int) { state.withLock(\.self) }
}

extension OptionCheck where Content == Int? {
    fileprivate static var workers: Self {
        Self { count in
            guard let count, !(1...64).contains(count) else { return nil }
            return "must be from 1 to 64, not \(count)"
        }
    }
}
