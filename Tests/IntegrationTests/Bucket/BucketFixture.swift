import AWS
import Digest
import FoundationEssentials
import HTTP
import ObjectStorage
import PipelineKit
import Releases
import Synchronization
import SyncStep
import SystemPackage
import TestSupport

/// A project with a site on the disk, and a store in the test bed's bucket.
struct BucketFixture: Sendable {
    let site: SiteFixture
    let aws: LocalAWS
    /// The prefix of all keys, without a `/` at its end.
    let prefix: String
    /// What the steps have sent, by operation.
    let calls = CallCounter()

    /// - Parameter steps: the variable with the endpoint that steps ask; nil for that of the fixture.
    static func with<Result>(
        s3: String = "AWS_ENDPOINT_URL_S3", steps: String? = nil, _ body: (BucketFixture) async throws -> Result
    ) async throws -> Result {
        try await LocalAWS.with(s3: s3) { aws in
            try await body(
                BucketFixture(
                    site: try SiteFixture(), aws: aws, prefix: String(LocalAWS.prefix("store").dropLast()),
                    s3: steps ?? s3))
        }
    }

    private let s3: String

    private init(site: SiteFixture, aws: LocalAWS, prefix: String, s3: String) {
        (self.site, self.aws, self.prefix, self.s3) = (site, aws, prefix, s3)
    }

    var url: StoreURL { .bucket(name: aws.s3.bucket, prefix: prefix) }
    var store: BucketStore { BucketStore(aws.s3, prefix: prefix, clock: SystemClock()) }

    func context(run: String = "run-1", step: String = "step-1") throws -> StepContext {
        try site.folder.write("", to: "runs/\(run)/\(step)/.keep")
        var environment = aws.bed.environment
        environment["AWS_ENDPOINT_URL_S3"] = aws.bed.url(s3)
        var context = StepContext.test(
            folder: site.folder["runs/\(run)/\(step)"], project: site.folder["project"], runID: run, stepID: step,
            environment: environment, clock: SystemClock())
        context[HTTPKey.self] = CountingHTTP(client: aws.transport, counter: calls)
        return context
    }

    func sync(_ version: String, _ assets: String, _ change: (inout Sync.Options) -> Void = { _ in }) throws -> Sync {
        try site.sync(version, assets) { options in
            options.store = url
            change(&options)
        }
    }

    /// Uploads a release and records that it went live, as a switch does.
    func deploy(_ version: String, _ assets: String, run: String) async throws -> Sync.Output {
        let output = try await perform(try sync(version, assets), in: try context(run: run))
        try await store.record(try .test(version, run: run))
        return output
    }

    /// Everything below the store's prefix, or a part of it, by the bytes of the key.
    func keys(_ path: String = "") async throws -> [String] {
        var keys: [[UInt8]] = []
        for try await page in aws.s3.listObjects(prefix: "\(prefix)/\(path)") {
            keys += page.objects.map { Array($0.key.utf8.dropFirst(prefix.utf8.count + 1 + path.utf8.count)) }
        }
        return keys.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    }

    func text(_ path: String) async throws -> String? {
        try await aws.s3.getObject("\(prefix)/\(path)", maximumBytes: 1 << 20).map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    func put(_ text: String, _ path: String, headers: ObjectHeaders = ObjectHeaders()) async throws {
        try await aws.s3.putObject(
            "\(prefix)/\(path)", .bytes(Array(text.utf8)), sha256: SHA256.hash(text.utf8), headers: headers)
    }

    func headers(_ path: String) async throws -> ObjectHeaders? {
        try await aws.s3.headObject("\(prefix)/\(path)")?.headers
    }
}

/// Counts requests, and the bytes that they carry.
final class CallCounter: Sendable {
    private let state = Mutex((requests: 0, bytes: 0, copies: 0))

    var requests: Int { state.withLock(\.requests) }
    var bytes: Int { state.withLock(\.bytes) }
    var copies: Int { state.withLock(\.copies) }

    func reset() { state.withLock { $0 = (0, 0, 0) } }

    private let underWay = Mutex((now: 0, peak: 0))

    /// The most requests that were under way at the same time.
    var peak: Int { underWay.withLock(\.peak) }

    func enter() {
        underWay.withLock { state in
            state.now += 1
            state.peak = max(state.peak, state.now)
        }
    }

    func leave() { underWay.withLock { $0.now -= 1 } }

    typealias Fault = @Sendable (HTTPRequest) -> (status: Int, body: String)?
    private let faults = Mutex<Fault?>(nil)

    /// Sets what is answered instead of sending the request.
    func hurt(_ fault: @escaping Fault) { faults.withLock { $0 = fault } }

    func heal() { faults.withLock { $0 = nil } }

    private let refusals = Mutex(0)

    /// What a test has counted for itself.
    var refused: Int { refusals.withLock { $0 } }
    func refuse() { refusals.withLock { $0 += 1 } }

    func fault(_ request: HTTPRequest) -> (status: Int, body: String)? { faults.withLock { $0 }?(request) }

    func add(_ request: HTTPRequest) {
        state.withLock { state in
            state.requests += 1
            state.bytes += request.body.count
            if request.headers["x-amz-copy-source"] != nil { state.copies += 1 }
        }
    }
}

struct CountingHTTP: HTTPClient {
    let client: any HTTPClient
    let counter: CallCounter

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        counter.enter()
        defer { counter.leave() }
        if let (status, body) = counter.fault(request) {
            return HTTPResponse(
                status: status, headers: HTTPHeaders(), body: Array(body.utf8), effectiveURL: "",
                timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
        }
        counter.add(request)
        return try await client.send(request)
    }
}

extension Deployment {
    static func test(_ version: String, run: String) throws -> Deployment {
        Deployment(
            version: try ReleaseVersion(version), previous: nil, pointer: .current, runID: run, pipeline: "test",
            commit: nil, at: "2026-01-01T00:00:00Z", runStartedAt: "2026-01-01T00:00:00Z",
            origin: RunOrigin(person: nil, jobURL: nil))
    }
}
