@testable import HTTP
import PipelineKit
import Synchronization

/// Answers requests by a script, and keeps them.
final class ScriptedHTTP: HTTPClient {
    typealias Answer = @Sendable (HTTPRequest) async throws -> HTTPResponse

    private struct State {
        var script: [Answer]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    /// Gives one answer per request, in order. A request after the last answer fails.
    init(_ script: [Answer]) {
        state = Mutex(State(script: script))
    }

    /// Gives the same answer to every request.
    convenience init(always answer: @escaping Answer) {
        self.init([Answer](repeating: answer, count: 5_000))
    }

    var requests: [HTTPRequest] { state.withLock(\.requests) }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let answer = state.withLock { state -> Answer? in
            state.requests.append(request)
            return state.script.isEmpty ? nil : state.script.removeFirst()
        }
        guard let answer else {
            throw StepError("script-ended", "the script has no answer to \(request.method) \(request.url)")
        }
        return try await answer(request)
    }
}

extension HTTPResponse {
    static func test(_ status: Int, _ body: String = "", headers: HTTPHeaders = HTTPHeaders()) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers, body: Array(body.utf8), effectiveURL: "",
            timings: Timings(firstByte: .zero, total: .zero))
    }

    static func refusal(
        _ status: Int, _ code: String, _ message: String = "", more: String = "", headers: HTTPHeaders = HTTPHeaders()
    ) -> HTTPResponse {
        test(
            status, "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message)</Message>\(more)</Error>",
            headers: headers)
    }
}

/// Steps of a script.
enum Reply {
    static func ok(_ body: String = "") -> ScriptedHTTP.Answer {
        { _ in .test(200, body) }
    }

    static func status(_ status: Int, headers: HTTPHeaders = HTTPHeaders()) -> ScriptedHTTP.Answer {
        { _ in .test(status, headers: headers) }
    }

    static func refusal(
        _ status: Int, _ code: String, _ message: String = "", more: String = "", headers: HTTPHeaders = HTTPHeaders()
    ) -> ScriptedHTTP.Answer {
        { _ in .refusal(status, code, message, more: more, headers: headers) }
    }

    static func broken(_ kind: TransportError.Kind) -> ScriptedHTTP.Answer {
        { request in throw TransportError(kind, request.url, "broken by the script") }
    }
}
