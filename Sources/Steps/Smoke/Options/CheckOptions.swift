internal import PipelineKit

/// One of a step's `checks`.
struct CheckOptions: StepOptions {
    @Option("the page to check: a URL, or a path that begins with `/` on the host of the step's `url`")
    var url: String
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
    @Option("instead of the step's `timeout`", check: .positive) var timeout: Duration?
    @Option("in addition to the step's `request-headers`; of one name, this one is sent", check: .headerNames())
    var requestHeaders: [String: String] = [:]
    @Option("instead of the step's `resolve`") var resolve: EdgeAddress?

    init() {}

    func validate(_ problems: ProblemList, at mark: SourceMark) {
        URLRule.check($url.known, at: $url.place ?? mark, mayBePath: true, problems)
        BodyRule.check(
            method: $method.known,
            $contains.isGiven || $notContains.isGiven || $matches.isGiven || $sha256.isGiven
                || $json.isGiven, at: $method.place ?? mark, problems)
    }
}

enum CheckMethod: String, OptionChoice {
    case get = "GET"
    case head = "HEAD"
}

/// What the options of a check mean, for a single check and for one in a list.
enum CheckHelp {
    static let method = "the request's method"
    static let status = "the expected status: a number, a range such as `200-299`, or a list of them"
    static let headers =
        "expected response headers: the text; a regular expression between slashes; or `absent`, unquoted"
    static let contains = "text that the body must contain; what came compressed is decoded first, here and below"
    static let notContains = "text that the body must not contain"
    static let matches = "a regular expression that must match somewhere in the body"
    static let sha256 = "the SHA-256 of the page itself, decoded if it came compressed, in hexadecimal digits"
    static let json = "expected values in a body of JSON, by path: `version`, `items.0.name`"
    static let maxTime = "the longest that an answer may take, until its last byte"
    static let `repeat` = "asks several times; all answers must be the same"
    static let redirects = "redirects to follow; with 0 a redirect is itself the answer that is checked"
}

/// `repeat` of a check.
struct Repetition: StepOptions {
    @Option("how often to ask", check: .within(2...1_000)) var times = 5
    @Option("between an answer and the next request") var interval = Duration.zero

    init() {}
}
