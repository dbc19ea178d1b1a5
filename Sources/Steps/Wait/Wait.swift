internal import AWS
internal import HTTP
internal import Logging
public import PipelineKit

/// Waits for a fixed time, or until a page, a distribution or an invalidation is as it should be. The step's `timeout`
/// ends it.
public struct Wait: RunOnlyStep {
    public static let kind = StepKind(
        "wait",
        "waits until a distribution is deployed, an invalidation completed, a page answers, or a time has passed",
        timeout: .seconds(2_400),
        undoing:
            "Nothing: the step only reads. If it waits for an invalidation and gets no answer, the run continues and ends with 4.",
        example: """
            - uses: wait
              with: { url: "https://www.example.com/health", contains: ok }
              timeout: 5m
              # Without it, the time begins anew with each attempt.
              retry: { attempts: 1 }
            """)

    private let options: Options
    private let url: HTTPURL?

    /// - Throws: `StepError` `no-url` if `url` is empty; `TransportError` if it is wrong.
    public init(_ options: Options) throws {
        self.options = options
        if let url = options.url, url.isEmpty {
            throw StepError("no-url", "`url` is empty", help: "set a page, or skip the step with `if`")
        }
        url = try options.url.map { try HTTPURL($0) }
    }

    public static var effect: Effect { .observing }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .everything }

    /// A slow invalidation is no reason to take back a release that is live and whole.
    public var ifUnfinished: String? {
        guard url == nil, options.duration == nil, let distribution = options.distribution, options.invalidation != nil
        else { return nil }
        return InvalidationPlan.ifUnfinished([], of: distribution.text)
    }

    public func run(in context: StepContext) async throws -> Output {
        let start = context.clock.now
        if let url {
            try await poll(url, in: context)
        } else if let duration = options.duration {
            try await context.clock.sleep(for: duration)
        } else if let distribution = options.distribution {
            try await poll(distribution, in: context)
        }
        var output = Output()
        output.waited = (context.clock.now - start).inMilliseconds
        return output
    }

    private func poll(_ url: HTTPURL, in context: StepContext) async throws {
        let client = context[HTTPKey.self]
        var pause = options.poll.initial
        var last = ""
        var requests = 1
        while let reason = try await reasonToWait(url, client) {
            // The same answer a hundred times is logged once.
            if reason != last { context.logger.info("not yet: \(reason)") }
            last = reason
            context.progress(.init(done: requests, total: nil, unit: "requests", detail: reason))
            try await context.clock.sleep(for: pause)
            pause = min(pause * 1.5, options.poll.max)
            requests += 1
        }
    }

    public func summary(of output: Output) -> String? {
        if let url { return "\(url) answers as it should" }
        if options.duration != nil { return "waited as long as it should" }
        guard let distribution = options.distribution else { return nil }
        return options.invalidation.map { "every edge of \(distribution) has completed the invalidation \($0)" }
            ?? "every edge of \(distribution) has its configuration"
    }

    private func poll(_ distribution: DistributionID, in context: StepContext) async throws {
        let client = try await CloudFrontClient(in: context)
        let wait = CloudFrontPoller(
            in: context, poll: .init(initial: options.poll.initial, maximum: options.poll.max))
        if let invalidation = options.invalidation {
            _ = try await client.waitUntilCompleted(invalidation, on: distribution.text, wait)
        } else {
            _ = try await client.waitUntilDeployed(distribution.text, wait)
        }
    }

    /// - Returns: what is not as it should be; nil if everything is.
    private func reasonToWait(_ url: HTTPURL, _ client: any HTTPClient) async throws -> String? {
        let request = HTTPRequest(.get, url, timeouts: .init(connect: .seconds(5), total: .seconds(10)))
        let response: HTTPResponse
        do {
            response = try await client.sendDecoded(request)
        } catch let error as TransportError where [.network, .timeout].contains(error.retryClass) {
            // This kind waits for servers that are not there yet; a wrong certificate does not mend itself.
            return error.message
        }
        guard response.status == options.status else { return "status \(response.status) instead of \(options.status)" }
        if let text = options.contains, response.body.position(of: text) == nil {
            return "the body does not contain `\(text)`"
        }
        return nil
    }
}
