@testable import HTTP
import PipelineKit
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// Many calls at the same time: each ends as it would alone.
@Suite struct BatchTests {
    private func requests(_ keys: [String], told: Recorder) -> [AWSRequest] {
        keys.map { key in
            var request = AWSRequest(.s3, "PutObject", .put, bucket: "site", path: key, body: .bytes([1]))
            request.onRetry = { told.note("\(key): \($0.code)") }
            return request
        }
    }

    @Test func oneThatIsRefusedGoesOnByItself() async throws {
        let tries = Mutex<[String: Int]>([:])
        let answer: ScriptedHTTP.Answer = { request in
            let key = String(request.url.target.suffix(1))
            let number = tries.withLock { tries in
                tries[key, default: 0] += 1
                return tries[key, default: 0]
            }
            switch key {
            case "b" where number == 1: return .refusal(503, "SlowDown")
            case "c": return .refusal(403, "AccessDenied")
            default: return .test(200, key)
            }
        }
        let test = try TestClient([ScriptedHTTP.Answer](repeating: answer, count: 20))
        let told = Recorder()
        let results = await test.client.sendAll(requests(["a", "b", "c", "d"], told: told))
        let bodies = results.map { result in (try? result.get()).map { String(decoding: $0.body, as: UTF8.self) } }
        #expect(bodies == ["a", "b", nil, "d"])
        #expect(throws: AWSError.self) { try results[2].get() }
        #expect(tries.withLock { $0 } == ["a": 1, "b": 2, "c": 1, "d": 1])
        #expect(told.lines == ["b: aws-slow-down"])
    }

    /// The source of credentials may be out of reach for a moment, before anything is sent.
    @Test func whatKeptThemFromBeingSentMayPass() async throws {
        let provider = LateProvider(failures: 1)
        let test = try TestClient([Reply.ok(), Reply.ok(), Reply.ok()], credentials: provider)
        let results = await test.client.sendAll(requests(["a", "b", "c"], told: Recorder()))
        for result in results { #expect(try result.get().status == 200) }
        #expect(test.http.requests.count == 3)
    }

    @Test func aCancelSendsNothing() async throws {
        let test = try TestClient([Reply.ok()])
        let requests = requests(["a"], told: Recorder())
        let results = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await test.client.sendAll(requests)
        }.value
        #expect(throws: CancellationError.self) { try results[0].get() }
        #expect(test.http.requests.isEmpty)
    }
}

/// A provider that cannot reach its source the first few times.
private final class LateProvider: CredentialProvider {
    private let left: Mutex<Int>

    init(failures: Int) {
        left = Mutex(failures)
    }

    func credentials() async throws -> Credentials {
        let fails = left.withLock { left in
            left -= 1
            return left >= 0
        }
        if fails { throw TransportError(.reset, location: "http://sts/", "the connection was reset") }
        return .test
    }

    func credentials(insteadOf refused: Credentials) async throws -> Credentials? { nil }
}
