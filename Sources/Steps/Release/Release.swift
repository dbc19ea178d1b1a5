public import AWS
internal import Logging
public import PipelineKit
public import Releases
internal import SystemPackage

/// Finds a release in the store and says which it is. It changes nothing.
public struct Release: RunOnlyStep {
    public struct Options: StepOptions {
        @Option("the store to look in") public var store: StoreURL
        @Option(
            "`previous`: the last good release before the live one; `live`; `latest`: the one made last; or a version")
        public var select = ReleaseSelection.previous
        @Option("the distribution that serves a store in a bucket: `previous` and `live` are its own")
        public var distribution: DistributionID?
        @Option("the id of the origin that is switched, if the distribution has several on S3") public var origin:
            String?
        @Option("the name of the link in the store's folder that the web server serves", check: .linkName)
        public var current = "current"

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("the release's name") public var version = ""
        @Provided("the git commit that it was built from; null if that is not known")
        public var commit: String? = nil
        @Provided("when it last went live, ISO 8601 in UTC; null if it never did")
        public var deployedAt: String? = nil

        public init() {}
    }

    public static let kind = StepKind(
        "release", "finds a release in the store",
        undoing: "Nothing: the step only reads.",
        example: """
            - id: target
              uses: release
              with: { store: /srv/www/site, select: previous }
            """)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .local }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .everything }

    public func run(in context: StepContext) async throws -> Output {
        let store = try await options.store.open(in: context)
        let pointer = try await pointer(of: store, in: context)
        let catalog = try await ReleaseCatalog(store, pointer: pointer, in: context)
        let version = try catalog.version(options.select) { context.setting("select", to: $0.name) }
        let deployment = catalog.deployments.filter { $0.version == version }.max { $0.at < $1.at }
        var output = Output()
        output.version = version.name
        output.commit = catalog.release(version)?.commit ?? deployment?.commit
        output.deployedAt = deployment?.at
        return output
    }

    public func summary(of output: Output) -> String? {
        output.version + (output.deployedAt.map { ", which went live at \($0)" } ?? "")
    }

    /// - Returns: nil for a bucket of which no distribution is named: nothing in it is live.
    private func pointer(of store: any ReleaseStore, in context: StepContext) async throws -> (any ReleasePointer)? {
        if !options.store.isFolder, options.distribution == nil { return nil }
        let selection = PointerSelection(
            options.store, distribution: options.distribution, origin: options.origin, link: options.current)
        return try await selection.find(of: store, in: context).pointer
    }
}
