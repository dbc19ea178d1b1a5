import Logging
public import PipelineKit
import Releases
import SystemPackage

/// Refuses a release whose pages have grown too heavy.
public struct PageWeight: RunOnlyStep {
    public struct Options: StepOptions {
        @Option("the asset list to look at", wired: true) public var assets: String
        @Option("the most that one page may weigh, before compression", check: .atLeast(ByteCount(1)))
        public var limit = ByteCount(100 << 10)
        @Option("patterns of the files that count as pages") public var pages: [Glob] = Self.html

        private static let html = ["**/*.html"].compactMap { try? Glob($0) }

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("the heaviest page") public var heaviest = ""
        @Provided("its size in bytes") public var bytes = 0

        public init() {}
    }

    public static let kind = StepKind(
        "page-weight", "refuses pages that have grown too heavy",
        example: """
            - uses: page-weight
              with: { limit: 60KiB }
            """)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    /// It reads the asset list and writes nothing: `plan` runs it, and there is nothing to roll back.
    public static var effect: Effect { .local }

    public func run(in context: StepContext) async throws -> Output {
        let list = try AssetList.Reader(FilePath(options.assets))
        var weights = PageWeights(limit: options.limit.bytes)
        while let asset = try list.next() {
            guard options.pages.contains(where: { $0.matches(asset.key) }) else { continue }
            weights.add(asset.key, bytes: asset.original?.size ?? asset.size)
        }
        if let failure = weights.failure { throw failure }
        var output = Output()
        if let heaviest = weights.heaviest {
            output.heaviest = heaviest.key
            output.bytes = heaviest.bytes
            context.logger.info("the heaviest page is \(heaviest.key), \(ByteCount(heaviest.bytes).text)")
        }
        return output
    }
}
