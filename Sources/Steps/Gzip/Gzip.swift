public import PipelineKit
public import Releases
internal import SystemPackage

/// Compresses files that become notably smaller, and lists the compressed files in place of the originals.
///
/// The bytes depend only on the content, the level and the version of zlib: they contain no name and no time.
public struct Gzip: RunOnlyStep {
    public struct Options: StepOptions {
        @Option("the asset list to compress", wired: true) public var assets: String?
        @Option("the folder that holds the site's files, where there is no asset list") public var source: String?
        @Option("patterns of the files to compress; none compresses the types that are worth it, such as text")
        public var include: [Glob] = []
        @Option("from 1, the fastest, to 9, the smallest", check: .within(1...9)) public var level = 9
        @Option("files smaller than this stay as they are") public var minSize = ByteCount(1 << 10)
        @Option("in percent: files that get smaller by less stay as they are", check: .within(0...100))
        public var minSaving = 5
        @Option("threads that compress at once; the machine's processors where it is left out", check: .workers)
        public var workers: Int?

        public init() {}

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            if !$assets.isGiven && !$source.isGiven {
                problems.add(
                    "neither `assets` nor `source` is there: what is to be compressed", at: mark,
                    help: "put a `hash` step before this one, or set `source` to the site's folder")
            }
        }
    }

    public struct Output: StepOutputs {
        @Provided("path of the new asset list") public var assets = ""
        @Provided("files that are compressed") public var compressed = 0
        @Provided("what they got smaller by together, in bytes") public var saved = 0

        public init() {}
    }

    public static let kind = StepKind(
        "gzip", "compresses what gets smaller by it", timeout: .seconds(1_800),
        undoing: "Nothing: it writes into the run's folder only.",
        example: """
            - uses: gzip
              with: { level: 9, min-size: 1KiB }
            """)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .local }

    public func run(in context: StepContext) async throws -> Output {
        let input = try input(in: context)
        let list = context.folder.appending("assets.jsonl")
        let policy = CompressionPolicy(
            include: options.include, level: options.level, minSize: options.minSize.bytes,
            minSaving: options.minSaving)
        let folder = context.folder.appending("gz")
        let totals = try await OrderedWork.run(
            threads: options.workers ?? BlockingWork.processors,
            next: { try input.next() },
            makeWorker: { _ in
                let compressor = try AssetCompressor(policy, into: folder)
                return { number, item in try compressor.process(item, number: number) }
            },
            sink: try AssetListSink(list, context.progress))
        var output = Output()
        output.assets = list.string
        output.compressed = totals.compressed
        output.saved = totals.saved
        return output
    }

    /// A `source` that the step sets itself wins over a list that is wired to it.
    private func input(in context: StepContext) throws -> CompressionInput {
        if let source = options.source {
            return .folder(try SourceListing.scanner(of: source, in: context.project))
        }
        return .list(try AssetList.Reader(context.project.path(options.assets ?? "")))
    }
}

extension OptionCheck where Content == Int? {
    fileprivate static var workers: Self {
        Self { count in
            guard let count, !(1...64).contains(count) else { return nil }
            return "must be from 1 to 64, not \(count)"
        }
    }
}
