import HTTP
import PipelineKit
import Synchronization
import TestSupport

/// Answers each URL by a script, whose last reply is repeated. An unknown URL gets 404.
final class ScriptedClient: HTTPClient {
    enum Reply: Sendable {
        case answer(Int, HTTPHeaders = [:], String = "", Duration = .milliseconds(5))
        case failure(TransportError.Kind, String)

        fileprivate var turns: Int {
            if case .answer(_, _, _, let time) = self { time.inMilliseconds } else { 5 }
        }
    }

    fileprivate struct State {
        var script: [String: [Reply]]
        var requests: [HTTPRequest] = []
        var inFlight = 0
        var most = 0
    }

    private let state: Mutex<State>
    private let cancelsAfterIt: Bool

    /// - Parameter cancelsAfterIt: the task that sent a request is cancelled once it has been answered.
    init(_ script: [String: [Reply]], cancelsAfterIt: Bool = false) {
        self.cancelsAfterIt = cancelsAfterIt
        state = Mutex(State(script: script))
    }

    var requests: [HTTPRequest] { state.withLock(\.requests) }
    /// The most that were in flight at once.
    var most: Int { state.withLock(\.most) }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let reply = state.withLock { state in
            state.requests.append(request)
            state.inFlight += 1
            state.most = max(state.most, state.inFlight)
            return state.next(for: request.url.description)
        }
        // Slower answers come later, without a clock.
        for _ in 0..<reply.turns { await Task.yield() }
        state.withLock { $0.inFlight -= 1 }
        try Task.checkCancellation()
        switch reply {
        case .failure(let kind, let detail): throw TransportError.made(kind, detail)
        case .answer(let status, let headers, let body, let time):
            var response = HTTPResponse(
                status: status, headers: headers, body: Array(body.utf8), effectiveURL: request.url.description,
                timings: .init(firstByte: time, total: time))
            if let sink = request.sink, (200..<300).contains(status) {
                response.body = []
                // In two pieces, as a network may cut it.
                let bytes = Array(body.utf8)
                for piece in [bytes[..<(bytes.count / 2)], bytes[(bytes.count / 2)...]] {
                    _ = Array(piece).withUnsafeBytes { sink($0) }
                }
            }
            if cancelsAfterIt { withUnsafeCurrentTask { $0?.cancel() } }
            return response
        }
    }
}

extension ScriptedClient.State {
    fileprivate mutating func next(for url: String) -> ScriptedClient.Reply {
        guard let replies = script[url], let first = replies.first else { return .answer(404) }
        if replies.count > 1 { script[url]?.removeFirst() }
        return first
    }
}

extension TransportError {
    /// Only the transport makes one from nothing.
    fileprivate static func made(_ kind: Kind, _ detail: String) -> any Error {
        do {
            _ = try HTTPURL("")
            return CancellationError()
        } catch {
            var made = error
            made.kind = kind
            made.detail = detail
            made.location = "http://elsewhere/"
            return made
        }
    }
}
