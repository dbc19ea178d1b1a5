import AWS
import HTTP
import PipelineKit
import Synchronization

/// Answers call after call from a script, and keeps what was asked.
final class ScriptedSender: AWSSender {
    enum Reply: Sendable {
        case response(Int, HTTPHeaders = HTTPHeaders(), String = "")
        case failure(any Error)
    }

    struct ScriptEnded: Error {
        var operation: String
    }

    private let state: Mutex<(replies: [Reply], calls: [AWSRequest])>

    init(_ replies: [Reply]) {
        state = Mutex((replies, []))
    }

    var calls: [AWSRequest] { state.withLock(\.calls) }
    private let sizes = Mutex<[Int]>([])
    /// The sizes of the batches that were sent, in order.
    var batches: [Int] { sizes.withLock { $0 } }
    var operations: [String] { calls.map(\.operation) }

    func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>] {
        sizes.withLock { $0.append(requests.count) }
        var replies: [Result<HTTPResponse, any Error>] = []
        for request in requests {
            do {
                replies.append(.success(try await send(request)))
            } catch {
                replies.append(.failure(error))
            }
        }
        return replies
    }

    func send(_ request: AWSRequest) async throws -> HTTPResponse {
        let reply = state.withLock { state -> Reply in
            state.calls.append(request)
            let reply = state.replies.first ?? .failure(ScriptEnded(operation: request.operation))
            state.replies = Array(state.replies.dropFirst())
            return reply
        }
        try Task.checkCancellation()
        switch reply {
        case .failure(let error): throw error
        case .response(let status, let headers, let text):
            request.onAttempt?(1)
            var response = HTTPResponse(
                status: status, headers: headers, body: Array(text.utf8), effectiveURL: "http://scripted/",
                timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
            if let sink = request.sink {
                for piece in response.body { _ = withUnsafeBytes(of: piece) { sink($0) } }
                response.body = []
            }
            try request.check?(response)
            return response
        }
    }
}

extension ScriptedSender.Reply {
    static func refusal(
        _ status: Int, _ code: String, service: AWSService = .s3, mayHaveBeenApplied: Bool = false
    ) -> Self {
        .failure(
            AWSError(
                status: status, serviceCode: code, service: service, operation: "Scripted", resource: "s3://b/k",
                mayHaveBeenApplied: mayHaveBeenApplied))
    }
}

extension AWSRequest {
    /// `prefix=a b`, with the value as plain text; `delete` if it has none.
    func query(_ name: String) -> String? {
        query.first { $0.0 == name }.map { $0.1 ?? "" }
    }

    var bodyText: String {
        guard case .bytes(let bytes) = body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
