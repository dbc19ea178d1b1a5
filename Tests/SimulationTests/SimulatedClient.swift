@testable import HTTP
import PipelineKit
import Synchronization
import TestSupport

/// How bad a network is.
struct Weather: Sendable {
    /// One request of so many meets a fault; nil for none.
    var faultEvery: UInt64?
    /// The longest time that a request is on its way when nothing is wrong.
    var latency = Duration.milliseconds(80)
}

/// A process's HTTP client. A request arrives when the seed says, also if the process is killed meanwhile, and the reply
/// may be lost.
final class SimulatedClient: ClosableClient {
    private let process: SimulatedProcess
    private let cloud: SimulatedCloud
    private let weather: Weather
    private let random: Mutex<SeededRandom>

    init(_ process: SimulatedProcess, _ cloud: SimulatedCloud, _ weather: Weather, seed: UInt64) {
        (self.process, self.cloud, self.weather) = (process, cloud, weather)
        random = Mutex(SeededRandom(seed: seed))
    }

    private enum Fate {
        case good
        /// Nothing of it arrives.
        case lost
        /// The server does it, and the reply is lost.
        case lostReply
        case refused(Int, String)
        /// The client gives up, and the request arrives after that.
        case late(Duration)
    }

    func shutdown() async {}

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let line = "\(process.name) \(request.method) \(request.url.host)\(request.url.target)"
        try process.effect(line)
        let body = try request.body.allBytes()
        let (fate, there, back) = draw()
        let thread = process.thread
        let wait = ReplyWait()
        let server = { @Sendable [cloud, process] () -> HTTPResponse in
            let response = cloud.answer(request, body, by: process.name)
            process.trace.note("\(line) -> \(response.status)")
            return response
        }
        thread.alarm(after: there) {
            switch fate {
            case .good:
                let response = server()
                thread.alarm(after: back) { wait.end(.success(response)) }
            case .lost: thread.alarm(after: back) { wait.end(.failure(Self.reset(request))) }
            case .lostReply:
                _ = server()
                thread.alarm(after: back) { wait.end(.failure(Self.reset(request))) }
            case .refused(let status, let code):
                let response = HTTPResponse(
                    status: status, headers: ["content-type": "application/xml"],
                    body: Array("<Error><Code>\(code)</Code><Message>\(code)</Message></Error>".utf8),
                    effectiveURL: "simulated", timings: .init(firstByte: .zero, total: .zero))
                thread.alarm(after: back) { wait.end(.success(response)) }
            case .late(let delay):
                thread.alarm(after: back) { wait.end(.failure(Self.reset(request))) }
                thread.alarm(after: delay) { _ = server() }
            }
        }
        // Whoever is killed gets no reply, and whoever waits beyond the request's deadline gives up.
        process.onDeath { wait.end(.failure(SimulatedProcess.Killed())) }
        if let deadline = request.deadline {
            let left = SimulatedClock(process: process).now.duration(to: deadline)
            thread.alarm(after: left) { wait.end(.failure(Self.reset(request))) }
        }
        let response = try await wait.reply()
        try process.effect("the reply to \(line)")
        if let sink = request.sink, (200..<300).contains(response.status) {
            var response = response
            _ = response.body.withUnsafeBytes { sink($0) }
            response.body = []
            return response
        }
        return response
    }

    private func draw() -> (Fate, Duration, Duration) {
        random.withLock { random in
            func time() -> Duration { .milliseconds(1 + Int(random.next() % UInt64(weather.latency.inMilliseconds))) }
            let (there, back) = (time(), time())
            guard let every = weather.faultEvery, random.next() % every == 0 else { return (.good, there, back) }
            let fate: Fate =
                switch random.next() % 6 {
                case 0: .lost
                case 1: .lostReply
                case 2: .refused(503, "SlowDown")
                case 3: .refused(500, "InternalError")
                case 4: .late(.milliseconds(Int(random.next() % 20_000)))
                default: .late(.seconds(Int(random.next() % 200)))
                }
            return (fate, there, back)
        }
    }

    private static func reset(_ request: HTTPRequest) -> any Error {
        TransportError(.reset, request.url, "simulated")
    }
}

/// The wait for one reply.
private final class ReplyWait: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<HTTPResponse, any Error>)
        case ended(Result<HTTPResponse, any Error>)
    }

    private let state = Mutex(State.idle)

    func reply() async throws -> HTTPResponse {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ended = state.withLock { state -> Result<HTTPResponse, any Error>? in
                    if case .ended(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let ended { continuation.resume(with: ended) }
            }
        } onCancel: {
            end(.failure(CancellationError()))
        }
    }

    func end(_ result: Result<HTTPResponse, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<HTTPResponse, any Error>? in
            switch state {
            case .idle: state = .ended(result)
            case .ended: break
            case .waiting(let continuation):
                state = .ended(result)
                return continuation
            }
            return nil
        }
        waiting?.resume(with: result)
    }
}
