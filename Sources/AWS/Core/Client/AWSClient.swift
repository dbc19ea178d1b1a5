public import FoundationEssentials
public import HTTP
public import Logging
public import PipelineKit
internal import TextCoding

/// Signs calls, sends them, and retries them if that can help.
///
/// If a failure says what to change (expired credentials, a bucket in another region, a wrong clock), the attempt is
/// repeated without counting as a retry, once for each of these in a call.
public final class AWSClient: AWSSender {
    let http: any HTTPClient
    let credentials: any CredentialProvider
    let clock: any RunClock
    private let random: RandomSource
    private let logger: Logger
    /// Told of every retry: a call that is tried again for a minute must not look as if it did nothing.
    private let progress: Progress
    let regions: BucketRegions
    let skew: ClockSkew
    let s3Capabilities: LearntCapabilities
    private let builder = RequestBuilder()
    private let quota: RetryQuota

    public convenience init(
        http: any HTTPClient, credentials: any CredentialProvider, endpoints: Endpoints, clock: any RunClock,
        random: RandomSource, logger: Logger, progress: Progress = .silent
    ) {
        self.init(
            http: http, credentials: credentials, endpoints: endpoints, clock: clock, random: random, logger: logger,
            progress: progress, quota: RetryQuota())
    }

    init(
        http: any HTTPClient, credentials: any CredentialProvider, endpoints: Endpoints, clock: any RunClock,
        random: RandomSource, logger: Logger, progress: Progress, quota: RetryQuota
    ) {
        self.http = http
        self.credentials = credentials
        self.clock = clock
        self.random = random
        self.logger = logger
        self.progress = progress
        self.quota = quota
        regions = BucketRegions(endpoints)
        skew = ClockSkew()
        s3Capabilities = LearntCapabilities(endpoints.storage)
    }

    /// Shares what another client has learnt, and takes clock, randomness, logger and progress from a step.
    init(_ other: AWSClient, for context: StepContext) {
        http = other.http
        credentials = other.credentials
        regions = other.regions
        skew = other.skew
        s3Capabilities = other.s3Capabilities
        quota = other.quota
        clock = context.clock
        random = context.random
        logger = context.logger
        progress = context.progress
    }

    public func date(_ local: Date) -> Date { skew.date(local) }

    public func send(_ request: AWSRequest) async throws -> HTTPResponse {
        try await finish(Call(request, startedAt: clock.now), with: nil)
    }

    /// The first attempts are sent together; a call that needs another one continues by itself.
    public func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>] {
        var calls = requests.map { Call($0, startedAt: clock.now) }
        let replies: [Result<HTTPResponse, any Error>]
        do {
            try Task.checkCancellation()
            var built: [HTTPRequest] = []
            built.reserveCapacity(calls.count)
            for index in calls.indices { built.append(try await begin(&calls[index])) }
            replies = await http.sendAll(built)
        } catch {
            // Nothing was sent: each call ends, or is retried, as after a failed attempt of its own.
            replies = requests.map { _ in .failure(error) }
        }
        var results = replies
        var unfinished: [(index: Int, call: Call, reply: Result<HTTPResponse, any Error>)] = []
        for (index, reply) in replies.enumerated() {
            let call = calls[index]
            if let response = try? reply.get(), case .answer(let answer)? = try? judge(response, of: call.request) {
                quota.giveBack(after: nil)
                results[index] = .success(answer)
            } else {
                unfinished.append((index, call, reply))
            }
        }
        let finished = await unfinished.concurrentResults { [self] in try await finish($0.call, with: $0.reply) }
        for (call, result) in zip(unfinished, finished) { results[call.index] = result }
        return results
    }

    /// - Parameter reply: the reply to the attempt that was made already.
    private func finish(_ call: Call, with reply: Result<HTTPResponse, any Error>?) async throws -> HTTPResponse {
        var (call, reply) = (call, reply)
        while true {
            let failure: any DescribedError
            do {
                let response: HTTPResponse
                if let given = reply {
                    reply = nil
                    response = try given.get()
                } else {
                    try Task.checkCancellation()
                    let request = try await begin(&call)
                    let sent = clock.date
                    response = try await http.send(request)
                    observeTime(of: response, sent: sent)
                }
                switch try judge(response, of: call.request) {
                case .answer(let response):
                    quota.giveBack(after: call.paidRetry)
                    return response
                case .refusal(let reply, let error):
                    if try await correct(&call, after: reply, error) { continue }
                    failure = error
                }
            } catch let error as CredentialError {
                throw error
            } catch let error as any DescribedError {
                failure = error
            }
            try await pause(&call, after: failure)
        }
    }

    /// The first reply tells the time for all of them. One that a cache has kept tells that of another day.
    private func observeTime(of response: HTTPResponse, sent: Date) {
        guard !skew.isObserved, response.headers["Age"] == nil,
            let server = response.headers["Date"].flatMap(HTTPDate.read)
        else { return }
        skew.observe(server: server, sent: sent, received: clock.date)
    }

    private enum Outcome {
        case answer(HTTPResponse)
        case refusal(ErrorReply, AWSError)
    }

    /// Builds the request of the next attempt.
    private func begin(_ call: inout Call) async throws -> HTTPRequest {
        call.attempts += 1
        let request = call.request
        request.onAttempt?(call.attempts)
        let region = regions.region(of: request.bucket)
        let signedWith = request.isSigned ? try await credentials.credentials() : nil
        call.region = region
        call.credentials = signedWith
        let endpoint = try regions.endpoint(of: request.service, region: region, bucket: request.bucket)
        // The last thing before the signature: to get credentials may take long.
        let deadline = try request.deadline?.moment()
        var built = try builder.build(
            request, to: endpoint, region: region, with: signedWith, at: skew.correct(clock.date))
        built.deadline = deadline
        return built
    }

    private func judge(_ response: HTTPResponse, of request: AWSRequest) throws -> Outcome {
        do {
            guard (200..<300).contains(response.status) || request.answers.contains(response.status),
                try !hidesError(response, of: request)
            else {
                let reply = ErrorReply(response)
                let partition = regions.partition(of: request)
                return .refusal(reply, AWSError(reply, status: response.status, of: request, in: partition))
            }
            try request.check?(response)
        } catch let error as XMLError {
            throw error.inReply(to: request)
        }
        return .answer(response)
    }

    private func hidesError(_ response: HTTPResponse, of request: AWSRequest) throws -> Bool {
        guard request.mayFailInBody, response.status == 200 else { return false }
        return try XMLTree(response.body).root.isNamed("Error")
    }

    /// Waits for the next attempt, or throws if there is none.
    private func pause(_ call: inout Call, after error: any DescribedError) async throws {
        guard let reason = Self.reason(for: error) else { throw call.final(error) }
        let retry = call.retries + 1
        let delay = RetryDelay.before(retry: retry, reason, asked: error.retryAfter, random: random)
        switch call.request.retry {
        case .never: throw call.final(error)
        case .standard:
            guard retry < 3, quota.take(reason) else { throw call.final(error) }
            call.paidRetry = reason
        case .untilDeadline(let limit):
            guard clock.now + delay < call.startedAt + limit else { throw call.final(error) }
        }
        call.retries = retry
        call.note(error)
        call.request.onRetry?(error)
        progress.slowed(by: Slowdown(error, reason, of: call.request.service).sentence)
        logger.debug(
            "trying \(call.request.operation) of \(call.request.resource) again in \(delay.text): \(error.code)")
        try await clock.sleep(for: delay)
    }

    private static func reason(for error: any DescribedError) -> RetryReason? {
        guard let error = error as? AWSError else { return RetryReason(error) }
        return RetryReason(status: error.status, code: error.serviceCode)
    }
}
