internal import HTTP
public import PipelineKit
internal import Releases

extension Smoke {
    public struct Options: StepOptions {
        @Option(
            """
            the page to check; with `checks`, where their paths begin; with `manifest: sample` or `all` the page, and where \
            the release is served
            """)
        var url: String?
        @Option("several checks, if one is not enough") var checks: [CheckOptions]?
        @Option("requests at the same time", check: .within(1...64)) var concurrency = 8

        @Option(
            """
            checks files of the release below `url`: a `sample` of them, `all`, or `none`. Without it and without `checks`, a \
            sample shows that visitors get the release, once that is live
            """)
        var manifest: ReleaseCoverage?
        @Option(
            "how many files are a sample; `index.html` is always one of them, and what differs from the release before is taken first",
            check: .atLeast(1))
        var sampleSize = 20
        @Option("files of the release that are not checked, by key, such as those that a proxy rewrites")
        var exclude: [Glob] = []
        @Option(
            """
            whether a file of the release must be served as the content type that its manifest names. Unless it is set, a \
            type that a web server has for want of a better one is only told if the store is a folder; without `manifest`, \
            any other type is
            """)
        var contentTypes = true
        @Option("the store that has the release", wired: true) var store: StoreURL?
        @Option("the release's version", wired: true) var version: ReleaseVersion?

        @Option(
            "for each request, until its last byte; for a file of the release, the longest time without one",
            check: .moreThanNothing)
        var timeout: Duration = .seconds(10)
        @Option("headers for each request; they are not shown anywhere", check: .headerNames())
        var requestHeaders: [String: String] = [:]
        @Option("an address to connect to instead of the host's own, as `host:port:address`: tests one edge")
        var resolve: EdgeAddress?

        @Option(CheckHelp.method) var method = CheckMethod.get
        @Option(CheckHelp.status) var status = StatusSet.ok
        @Option(CheckHelp.headers, check: .headerNames()) var headers: [String: HeaderExpectation] = [:]
        @Option(CheckHelp.contains, check: .given) var contains: String?
        @Option(CheckHelp.notContains, check: .given) var notContains: String?
        @Option(CheckHelp.matches) var matches: Pattern?
        @Option(CheckHelp.sha256) var sha256: HexDigest?
        @Option(CheckHelp.json) var json: [String: JSONExpectation] = [:]
        @Option(CheckHelp.maxTime, check: .positive) var maxTime: Duration?
        @Option(CheckHelp.repeat) var `repeat`: Repetition?
        @Option(CheckHelp.redirects, check: .within(0...20)) var redirects = 0

        public init() {}

        public static let rules: [OptionRule] = [
            .oneOf(["url", "checks"]), .notEmpty("checks"),
            .excludes(
                "checks",
                [
                    "method", "status", "headers", "contains", "not-contains", "matches", "sha256", "json", "max-time",
                    "repeat", "redirects",
                ]),
        ]

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            URLRule.check($url.known ?? nil, at: $url.place ?? mark, mayBePath: false, problems)
            if $checks.isGiven {
                validateChecks(problems, at: mark)
            } else if !$url.isGiven {
                problems.add(
                    "set one of `url` or `checks`: what to check", at: mark,
                    help: "add `url: https://www.example.com/`, or a list of `checks`")
            }
            if asksForFiles {
                for (name, isGiven) in [
                    ("url", $url.isGiven), ("store", $store.isGiven), ("version", $version.isGiven),
                ] where !isGiven {
                    problems.add(
                        "`manifest` needs `\(name)`", at: $manifest.place ?? mark,
                        help: "set `\(name)`, or remove `manifest`")
                }
            }
            BodyRule.check(
                method: $method.known,
                $contains.isGiven || $notContains.isGiven || $matches.isGiven
                    || $sha256.isGiven || $json.isGiven, at: $method.place ?? mark, problems)
        }

        private var asksForFiles: Bool { $manifest.isGiven && ($manifest.known ?? nil) != .nothing }

        private func validateChecks(_ problems: ProblemList, at mark: SourceMark) {
            let single = [
                ("method", $method.place), ("status", $status.place), ("headers", $headers.place),
                ("contains", $contains.place), ("not-contains", $notContains.place), ("matches", $matches.place),
                ("sha256", $sha256.place), ("json", $json.place), ("max-time", $maxTime.place),
                ("repeat", $repeat.place), ("redirects", $redirects.place),
            ]
            for case (let name, let place?) in single {
                problems.add(
                    "`\(name)` has no effect beside `checks`", at: place,
                    help: "move it into the checks that need it")
            }
            guard let checks = $checks.known ?? nil else { return }
            if checks.isEmpty {
                problems.add("`checks` must not be empty", at: $checks.place ?? mark)
            }
            let urls = checks.map { ($0.$url.known, $0.$url.place) }
            if !$url.isGiven {
                for case (let text?, let place) in urls where text.hasPrefix("/") {
                    problems.add(
                        "the path `\(text)` needs the step's `url`", at: place ?? mark,
                        help: "add `url: https://www.example.com/` to the step, or write the whole URL here")
                }
            } else if !checks.isEmpty, !asksForFiles, urls.allSatisfy({ $0.0.map { !$0.hasPrefix("/") } ?? false }) {
                problems.add(
                    "`url` is not used: no path in `checks` begins with `/`",
                    at: $url.place ?? mark, help: "write `url` as one of the checks, or remove it")
            }
        }
    }
}
