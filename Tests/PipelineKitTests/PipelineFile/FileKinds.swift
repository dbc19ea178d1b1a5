import PipelineKit
import SystemPackage

/// Kinds that do nothing, shaped like those of a site's deploy.
enum FileKinds {
    static let registry = StepRegistry([
        KindDescriptor(Tag.self), KindDescriptor(Hash.self), KindDescriptor(Gzip.self), KindDescriptor(Sync.self),
        KindDescriptor(SwitchOrigin.self), KindDescriptor(Invalidate.self), KindDescriptor(Exec.self),
        KindDescriptor(Log.self),
    ])

    struct Tag: RunOnlyStep {
        struct Options: StepOptions {
            @Option("what tags to look at") var match = "v*"
            @Option("refuse changes that are not committed") var requireClean = false
        }
        struct Output: StepOutputs {
            @Provided("the version") var version = ""
            @Provided("commits since the tag") var distance = 0
            @Provided("whether files are changed") var dirty = false
        }
        static let kind = StepKind("tag", "names the release")
        init(_ options: Options) throws {}
        static var effect: Effect { .local }
        func run(in context: StepContext) async throws -> Output { Output() }
    }

    struct Hash: RunOnlyStep {
        struct Options: StepOptions {
            @Option("the site's folder") var source: String
            @Option("names to fingerprint") var fingerprint: [String] = []
        }
        struct Output: StepOutputs {
            @Provided("the asset list") var assets = ""
            @Provided("how many") var files = 0
        }
        static let kind = StepKind("hash", "hashes files")
        init(_ options: Options) throws {}
        static var effect: Effect { .local }
        func run(in context: StepContext) async throws -> Output { Output() }
    }

    struct Gzip: RunOnlyStep {
        struct Options: StepOptions {
            @Option("the asset list", wired: true, unless: "source") var assets: String?
            @Option("the site's folder") var source: String?
            @Option("how hard to try", check: .within(1...9)) var level = 9
            @Option("smallest file") var minSize = ByteCount(1_024)

            func validate(_ problems: ProblemList, at mark: SourceMark) {
                if $assets.isGiven == $source.isGiven {
                    problems.add("give either `assets` or `source`", at: mark)
                }
            }
        }
        struct Output: StepOutputs {
            @Provided("the asset list") var assets = ""
        }
        static let kind = StepKind("gzip", "compresses files")
        init(_ options: Options) throws {}
        static var effect: Effect { .local }
        func run(in context: StepContext) async throws -> Output { Output() }
    }

    struct Sync: RunOnlyStep {
        enum Verify: String, OptionChoice { case size, content, none }
        struct Header: StepOptions {
            @Option("which keys") var match: String
            @Option("how long to keep them") var cacheControl: String?
        }
        struct Options: StepOptions {
            @Option("where releases live") var store: String
            @Option("the release's version", wired: true) var version: String
            @Option("the asset list", wired: true) var assets: String
            @Option("headers by key") var headers: [Header] = []
            @Option("how to compare") var verify = Verify.size
            @Option("uploads at once", check: .atLeast(1)) var concurrency = 8
            @Option("how long to poll") var poll: Duration?
        }
        struct Output: StepOutputs {
            @Provided("the release's version") var version = ""
            @Provided("files sent") var uploaded = 0
        }
        struct Refused: DescribedError {
            var code: String { "refused" }
            var message: String { "a store must be a URL" }
            var help: String? { "write `file:///folder`" }
        }
        static let kind = StepKind("sync", "makes the release", timeout: .seconds(1_800))
        init(_ options: Options) throws {
            guard options.store.contains("://") else { throw Refused() }
        }
        /// The resource of a `bucket://` or `file://` store; other URLs have no scheme that exists.
        static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
            let store = options.$store ?? ""
            return store.hasPrefix("bucket://") || store.hasPrefix("file://") ? [Resource(url: store)] : []
        }
        static var effect: Effect { .lasting }
        func run(in context: StepContext) async throws -> Output { Output() }
    }

    struct SwitchOrigin: RunOnlyStep {
        struct Options: StepOptions {
            @Option("where releases live") var store: String
            @Option("the release's version", wired: true) var version: String
            @Option("whose edges serve it") var distribution: String?
        }
        struct Output: StepOutputs {
            @Provided("whether it changed") var changed = false
        }
        static let kind = StepKind(
            "switch-origin", "points viewers at it", rollbackTimeout: .seconds(3_600),
            followUp: .init(
                "invalidate", ifThereIs: "distribution",
                otherwise: "edges may serve the old release until their copies expire"))
        init(_ options: Options) throws {}
        static var effect: Effect { .lasting }
        func run(in context: StepContext) async throws -> Output { Output() }
    }

    struct Invalidate: RunOnlyStep {
        struct Options: StepOptions {
            @Option("which paths") var paths = ["/*"]
        }
        static let kind = StepKind("invalidate", "drops edge caches")
        init(_ options: Options) throws {}
        static var effect: Effect { .lasting }
        func run(in context: StepContext) async throws -> NoOutputs { NoOutputs() }
    }

    struct Exec: RunOnlyStep {
        struct Options: StepOptions {
            @Option("the command", literal: true) var run: String
            @Option("names it will write") var outputs: [String] = []
        }
        static let kind = StepKind("exec", "runs a command", namesOutputs: true)
        static func outputs(namedBy options: KnownOptions<Options>) -> [OutputField] {
            (options.$outputs ?? []).map { OutputField(name: $0, type: .text, help: "written by the command") }
        }
        init(_ options: Options) throws {}
        static var effect: Effect { .irreversible }
        func run(in context: StepContext) async throws -> NoOutputs { NoOutputs() }
    }

    struct Log: RunOnlyStep {
        struct Options: StepOptions {
            @Option("what to say") var message = "done"
            @Option("the release's version", wired: true) var version: String?
            @Option("more to record") var fields: [String: String] = [:]
        }
        static let kind = StepKind("log", "writes the record")
        init(_ options: Options) throws {}
        static var effect: Effect { .lasting }
        func run(in context: StepContext) async throws -> NoOutputs { NoOutputs() }
    }
}

/// The result of reading one text.
struct FileRead {
    var pipeline: Pipeline?
    var problems: [Problem]
    var report: String

    init(_ text: String, inputs: [String: String] = [:], environment: [String: String] = [:]) {
        self.init(Array(text.utf8), inputs: inputs, environment: environment)
    }

    init(_ bytes: [UInt8], inputs: [String: String] = [:], environment: [String: String] = [:]) {
        (pipeline, problems) = PipelineReader(registry: FileKinds.registry)
            .read(bytes: bytes, path: "deploy.yml", inputs: inputs, environment: environment)
        report = ProblemReport(problems, path: "deploy.yml", bytes: bytes).text()
    }

    /// A file whose steps are the given lines.
    static func steps(_ lines: String, _ top: String = "", inputs: [String: String] = [:]) -> FileRead {
        let indented = lines.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
        return FileRead("version: 1\nname: deploy\n\(top)steps:\n\(indented)", inputs: inputs)
    }
}
