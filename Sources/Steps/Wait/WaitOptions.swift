public import AWS
internal import HTTP
public import PipelineKit

extension Wait {
    public struct Options: StepOptions {
        @Option("how long to wait", check: .positive) public var duration: Duration?
        @Option("a page to request until it answers as expected") public var url: String?
        @Option("the status that `url` must answer with", check: .within(100...599)) public var status = 200
        @Option("text that the answer's body, decoded if it came compressed, must contain", check: .notBlank) public
            var contains: String?
        @Option("a distribution to look at, if there is neither `url` nor `duration`")
        public var distribution: DistributionID?
        @Option("an invalidation of `distribution`; without one, the step waits for its configuration", wired: true)
        public var invalidation: String?
        @Option("how long to wait between two requests") public var poll = Poll()

        public init() {}

        public static let rules: [OptionRule] = [
            .oneOf(["duration", "url", "distribution"]), .excludes("duration", ["url", "status", "contains", "poll"]),
        ]

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            switch ($duration.isGiven, $url.isGiven) {
            case (false, false): validateDistribution(problems, at: mark)
            case (true, true):
                problems.add(
                    "`duration` and `url` cannot be used together", at: $duration.place ?? mark,
                    help: "remove one of them, or write two steps")
            case (true, false):
                for case (let name, let place?) in [
                    ("status", $status.place), ("contains", $contains.place), ("poll", $poll.place),
                ] {
                    problems.add(
                        "`\(name)` cannot be used with `duration`", at: place, help: "remove one of them"
                    )
                }
            case (false, true):
                validateURL(problems, at: $url.place ?? mark)
            }
        }

        /// `distribution` and `invalidation` may be given beside the others: all steps of a file may share the one, and
        /// be wired to the other.
        private func validateDistribution(_ problems: ProblemList, at mark: SourceMark) {
            if !$distribution.isGiven {
                problems.add(
                    "set one of `duration`, `url` or `distribution`: what to wait for", at: mark,
                    help: "add `duration: 30s`, `url: https://www.example.com/` or `distribution: E…`")
            }
            for case (let name, let place?) in [("status", $status.place), ("contains", $contains.place)] {
                problems.add(
                    "`\(name)` needs `url`", at: place, help: "remove it, or add `url`")
            }
        }

        /// An empty URL passes here, since it may come from an input whose step is skipped by its condition. It fails
        /// the step.
        private func validateURL(_ problems: ProblemList, at mark: SourceMark) {
            guard let text = $url.known ?? nil, !text.isEmpty else { return }
            do {
                _ = try HTTPURL(text)
            } catch {
                problems.add(
                    "`url` is not usable: \(error.detail)", at: mark,
                    help: "write it as `https://host/path`, percent-encoded, without user name and password")
            }
        }
    }

    /// Each wait is half as long again as the one before.
    public struct Poll: StepOptions {
        @Option("before the second request", check: .least) public var initial: Duration = .seconds(2)
        @Option("the longest wait between two requests", check: .least) public var max: Duration = .seconds(15)

        public init() {}

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            guard let initial = $initial.known, let max = $max.known, initial > max else { return }
            problems.add(
                "`initial` (\(initial.text)) is longer than `max` (\(max.text))", at: $initial.place ?? mark,
                help: "make it shorter, or set `max` too")
        }
    }

    public struct Output: StepOutputs {
        @Provided("how long it waited, in milliseconds") public var waited = 0

        public init() {}
    }
}

extension OptionCheck where Content == Duration {
    /// A shorter interval would only load the server.
    static var least: Self { .atLeast(.milliseconds(100)) }
}

extension OptionCheck where Content == Duration? {
    static var positive: Self {
        Self(schema: Duration.moreThanNothing) {
            $0.map { $0 > .zero } ?? true ? nil : "must be longer than 0s"
        }
    }
}

extension OptionCheck where Content == String? {
    /// Every body contains the empty text.
    static var notBlank: Self {
        Self(schema: ["minLength": 1]) { $0?.isEmpty == true ? "must not be empty" : nil }
    }
}
