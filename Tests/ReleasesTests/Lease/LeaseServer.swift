import AWS
import FoundationEssentials
@testable import HTTP
import ObjectStorage
import PipelineKit
import Synchronization
import TestSupport

@testable import Releases

/// A bucket in memory that decides conditional writes as S3 does, and can lose replies.
///
/// It keeps what it was asked for, and what was stored, in the order in which it happened.
final class LeaseServer: AWSSender {
    enum Conditions: Sendable {
        case kept
        /// It writes, whatever they say.
        case ignored
        /// It answers them with 501.
        case refused
        /// It knows `If-None-Match`, and answers `If-Match` with 501.
        case onlyAbsent
    }

    enum Fault: Sendable {
        /// The request is done, and its reply does not arrive.
        case lostReply
        /// The request does not arrive.
        case lostRequest
    }

    private struct Object {
        var text: String
        var etag: String
        var modified: Date
    }

    private struct State {
        var objects: [String: Object] = [:]
        var calls: [String] = []
        var writes: [String] = []
        var serial = 0
        var faults: [(operation: String, fault: Fault)] = []
    }

    let clock: ManualClock
    private let conditions: Conditions
    /// Less than the run's clock.
    private let behind: Double
    private let tellsTime: Bool
    private let state = Mutex(State())

    init(
        _ clock: ManualClock, _ conditions: Conditions = .kept, behind: Double = 0, tellsTime: Bool = true
    ) {
        (self.clock, self.conditions, self.behind, self.tellsTime) = (clock, conditions, behind, tellsTime)
    }

    var calls: [String] { state.withLock(\.calls) }
    /// The texts that were stored as the lease's record.
    var writes: [String] { state.withLock(\.writes) }

    func text(_ key: String) -> String? { state.withLock { $0.objects[key]?.text } }
    func set(_ key: String, _ text: String?) {
        state.withLock { state in
            state.serial += 1
            state.objects[key] = text.map { Object(text: $0, etag: "\"e\(state.serial)\"", modified: date) }
        }
    }

    func forgetCalls() { state.withLock { $0.calls = [] } }

    /// Hurts the next calls of an operation, one for each fault.
    func hurt(_ operation: String, _ faults: Fault...) {
        state.withLock { $0.faults += faults.map { (operation, $0) } }
    }

    private var date: Date { clock.date.addingTimeInterval(-behind) }

    func date(_ local: Date) -> Date { local.addingTimeInterval(-behind) }

    func send(_ request: AWSRequest) async throws -> HTTPResponse {
        _ = try request.deadline?.moment()
        let fault = state.withLock { state -> Fault? in
            state.calls.append(request.operation)
            guard let index = state.faults.firstIndex(where: { $0.operation == request.operation }) else { return nil }
            return state.faults.remove(at: index).fault
        }
        let url = try HTTPURL("http://server/")
        if fault == .lostRequest { throw TransportError(.reset, url, "the request is lost") }
        let result = Result { try answer(request) }
        if fault == .lostReply { throw TransportError(.reset, url, "the reply is lost") }
        return try result.get()
    }

    private func answer(_ request: AWSRequest) throws -> HTTPResponse {
        try state.withLock { state in
            let there = state.objects[request.path]
            switch request.operation {
            case "GetObject":
                guard let there else { throw AWSError.refusal(404, "NoSuchKey") }
                return reply(there, there.text)
            case "HeadObject":
                guard let there else { return reply(nil, "", status: 404) }
                return reply(there, "", length: there.text.utf8.count)
            case "DeleteObject":
                state.objects[request.path] = nil
                return reply(nil, "", status: 204)
            case "PutObject":
                try decide(request.headers, there)
                state.serial += 1
                let text = request.text
                let object = Object(text: text, etag: "\"e\(state.serial)\"", modified: date)
                state.objects[request.path] = object
                if request.path.hasSuffix("lease.json") { state.writes.append(text) }
                return reply(object, "")
            default: throw AWSError.refusal(405, "MethodNotAllowed")
            }
        }
    }

    private func decide(_ headers: HTTPHeaders, _ there: Object?) throws {
        let (absent, match) = (headers["if-none-match"], headers["if-match"])
        guard absent != nil || match != nil else { return }
        switch conditions {
        case .ignored: return
        case .refused: throw AWSError.refusal(501, "NotImplemented")
        case .onlyAbsent where match != nil: throw AWSError.refusal(501, "NotImplemented")
        case .kept, .onlyAbsent: break
        }
        if absent != nil, there != nil { throw AWSError.refusal(412, "PreconditionFailed") }
        guard let match else { return }
        guard let there else { throw AWSError.refusal(404, "NoSuchKey") }
        if there.etag != match { throw AWSError.refusal(412, "PreconditionFailed") }
    }

    private func reply(_ object: Object?, _ text: String, status: Int = 200, length: Int? = nil) -> HTTPResponse {
        var headers = HTTPHeaders()
        if let object { headers.add("etag", object.etag) }
        if tellsTime {
            headers.add("date", Self.text(date))
            if let object { headers.add("last-modified", Self.text(object.modified)) }
        }
        if let length { headers.add("content-length", "\(length)") }
        return HTTPResponse(
            status: status, headers: headers, body: Array(text.utf8), effectiveURL: "http://server/",
            timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
    }

    /// As HTTP writes it, to the second.
    private static func text(_ date: Date) -> String {
        let iso = date.timestamp
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = iso.split { "-T:Z".contains($0) }.compactMap { Int($0) }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "Thu, \(two(parts[2])) \(months[parts[1] - 1]) \(parts[0]) "
            + "\(two(parts[3])):\(two(parts[4])):\(two(parts[5])) GMT"
    }
}

extension AWSRequest {
    fileprivate var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
}
