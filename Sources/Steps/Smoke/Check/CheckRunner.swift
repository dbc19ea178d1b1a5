internal import HTTP
internal import PipelineKit

/// Makes checks, several at once, and reports them in the order in which they were given.
struct CheckRunner: Sendable {
    let client: any HTTPClient
    let clock: any RunClock
    let concurrency: Int
    let progress: Progress

    /// Makes checks until there are no more, or so many have failed that more would say nothing new.
    ///
    /// - Parameter done: how many of the total were made before.
    /// - Throws: `CancellationError`; what `next` throws; an error of the client that is not about the answer.
    func run(total: Int, after done: Int = 0, next: () throws -> Check?) async throws -> Tally {
        try await withThrowingTaskGroup(of: (Int, CheckResult).self) { group in
            var tally = Tally()
            var started = 0
            func start() throws {
                guard tally.failed < Tally.enough, let check = try next() else { return }
                let number = started
                started += 1
                group.addTask { (number, try await result(of: check)) }
            }
            for _ in 0..<concurrency { try start() }
            while let (number, result) = try await group.next() {
                tally.add(result, number: number)
                progress(.init(done: done + tally.done, total: total, unit: "checks"))
                try start()
            }
            return tally
        }
    }

    private func result(of check: Check) async throws -> CheckResult {
        var answers = AnswerGroups()
        var advice: Advice?
        for number in 1...check.times {
            if number > 1 { try await clock.sleep(for: check.interval) }
            do {
                let (answer, failure) = try await outcome(of: check, number)
                answers.add(answer, number: number)
                if let refusal = check.refusal(answer) { return CheckResult(answers, nil, refusal) }
                if let failure { return CheckResult(answers, failure) }
                advice = advice ?? check.adviceMissed(by: answer)
            } catch let error as TransportError {
                return CheckResult(answers, CheckFailure(check, number, error))
            }
        }
        return CheckResult(answers, CheckFailure(check, answers), advice)
    }

    private func outcome(of check: Check, _ number: Int) async throws -> (Answer, CheckFailure?) {
        let (response, digest) = try await response(to: check)
        guard check.isCostly else {
            let answer = try await completed(Answer(response, digest), to: check)
            return (answer, try CheckFailure(check, number, answer, at: clock, until: CancellationFlag()))
        }
        return try await BlockingWork.run { flag in
            let answer = Answer(response, digest)
            return (answer, try CheckFailure(check, number, answer, at: clock, until: flag))
        }
    }

    private func response(to check: Check) async throws -> (HTTPResponse, BodyDigest?) {
        var request = check.request
        guard !check.readsBody else { return (try await client.sendDecoded(request), nil) }
        let digest = BodyDigest()
        request.sink = { digest.add($0) }
        do {
            return (try await client.sendDecoded(request), digest)
        } catch let error as TransportError where error.kind == .tooLarge && check.file != nil {
            // An archive that the server calls encoded is longer when it is decoded.
            return try await encodedResponse(to: check)
        }
    }

    /// Requests the encoded bytes too, if the decoded ones are not the release's.
    private func completed(_ answer: Answer, to check: Check) async throws -> Answer {
        guard check.comparesEncodedBytes(of: answer) else { return answer }
        var answer = answer
        let (response, digest) = try await encodedResponse(to: check)
        answer.encodedSHA256 = Answer(response, digest).sha256
        return answer
    }

    private func encodedResponse(to check: Check) async throws -> (HTTPResponse, BodyDigest?) {
        let digest = BodyDigest()
        var request = check.request.takenAsSent
        request.sink = { digest.add($0) }
        return (try await client.send(request), digest)
    }
}

/// How one check ended.
struct CheckResult: Sendable {
    /// The time of the slowest of its answers.
    var slowest: Duration
    var failure: CheckFailure?
    /// What does not fail the check, but should be known.
    var advice: Advice?

    init(_ answers: AnswerGroups, _ failure: CheckFailure?, _ advice: Advice? = nil) {
        slowest = answers.slowest
        self.failure = failure
        self.advice = advice
    }
}

/// What does not fail a check, and should be known.
struct Advice: Hashable, Sendable {
    enum Subject: Hashable, Sendable, CaseIterable {
        case contentType, hiddenFile
    }

    var subject: Subject
    /// What was seen, with the URL.
    var text: String
    /// What the file's name ends with: `.avif`; empty if it has no ending.
    var ending = ""
}

/// How all checks so far ended.
struct Tally: Sendable {
    /// The number of failures after which no more checks start.
    static let enough = 100
    /// How many failures are shown.
    static let shown = 5

    private(set) var done = 0
    private(set) var failed = 0
    private(set) var slowest = Duration.zero
    /// The failures, in the order of the checks.
    private(set) var failures: [(number: Int, failure: CheckFailure)] = []
    private(set) var advice: [Advice] = []

    var passed: Int { done - failed }

    mutating func add(_ result: CheckResult, number: Int) {
        done += 1
        slowest = max(slowest, result.slowest)
        if let known = result.advice { advice.append(known) }
        guard let failure = result.failure else { return }
        failed += 1
        failures.append((number, failure))
        failures.sort { $0.number < $1.number }
    }

    /// Adds the result of checks that came after these.
    mutating func add(_ other: Tally) {
        let before = done
        done += other.done
        failed += other.failed
        slowest = max(slowest, other.slowest)
        failures += other.failures.map { (before + $0.number, $0.failure) }
        advice += other.advice
    }
}

extension Check {
    fileprivate func adviceMissed(by answer: Answer) -> Advice? {
        let missed = advice.compactMap { try? $0.mismatch(in: answer, until: CancellationFlag())?.text }
        return missed.isEmpty
            ? nil
            : Advice(
                subject: .contentType, text: "\(url): " + missed.joined(separator: ", and "), ending: ending)
    }

    private var ending: String {
        let name = url.target.prefix { $0 != "?" }.split(separator: "/").last ?? ""
        return name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
    }

    fileprivate func refusal(_ answer: Answer) -> Advice? {
        guard mayBeRefused, [403, 404].contains(answer.status) else { return nil }
        return Advice(subject: .hiddenFile, text: "\(url): \(answer.status)")
    }
}
