import Digest
import FoundationEssentials
import HTTP
import PipelineKit
import Synchronization
import TestSupport
import TextCoding

/// S3, CloudFront and its edges in memory: one bucket, one distribution and the visitors' address.
///
/// It answers at once; `SimulatedClient` decides when a request arrives. It knows nothing of what a runner promises: that is
/// `Promises`, which is told of every change.
final class SimulatedCloud: Sendable {
    static let bucket = "site-bucket"
    static let distribution = "E2QWRUHAPOMQZL"
    static let address = "http://www.example.com/"

    struct Object: Sendable {
        var bytes: [UInt8]
        var headers: HTTPHeaders
        var etag: String
        /// Since the simulation's beginning.
        var modified: Duration
    }

    struct Invalidation: Sendable {
        var id: String
        var reference: String
        var createdAt: Duration
        var completedAt: Duration
    }

    struct State: Sendable {
        var objects: [String: Object] = [:]
        var writes = 0
        /// Of the distribution's origin.
        var path = "/old"
        /// What the edges had before.
        var pathBefore = "/old"
        var deployedAt = Duration.zero
        var etag = 1
        /// When the path was last changed.
        var switchedAt = Duration.zero
        var invalidations: [Invalidation] = []
        /// True if an update that changes nothing leaves the ETag.
        var keepsETag = false
        var random: SeededRandom
    }

    private let state: Mutex<State>
    private let thread: OneThread
    private let watcher = Mutex<(any CloudWatcher)?>(nil)

    init(on thread: OneThread, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let keepsETag = random.next() % 2 == 0
        state = Mutex(State(keepsETag: keepsETag, random: random))
        self.thread = thread
    }

    func watch(_ watcher: any CloudWatcher) { self.watcher.withLock { $0 = watcher } }

    var now: State { state.withLock(\.self) }

    // MARK: - Requests

    func answer(_ request: HTTPRequest, _ body: [UInt8], by process: String) -> HTTPResponse {
        let host = request.url.host
        var response: HTTPResponse
        if host.hasPrefix("cloudfront.") {
            response = cloudFront(request, body, process)
        } else if host.contains(".s3.") {
            response = s3(request, body, process)
        } else {
            response = visit(request)
        }
        response.headers.add("date", HTTPDateText.of(SimulatedClock.date(thread.elapsed)))
        return response
    }

    private func reply(
        _ status: Int, _ headers: HTTPHeaders = HTTPHeaders(), _ text: String = "", bytes: [UInt8]? = nil
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers, body: bytes ?? Array(text.utf8), effectiveURL: "simulated",
            timings: HTTPResponse.Timings(firstByte: .milliseconds(1), total: .milliseconds(1)))
    }

    private func refuse(_ status: Int, _ code: String) -> HTTPResponse {
        reply(
            status, ["content-type": "application/xml"], "<Error><Code>\(code)</Code><Message>\(code)</Message></Error>"
        )
    }

    /// The moment of a signature may be 15 minutes from the service's, and CloudFront's 5.
    private func isTooOld(_ request: HTTPRequest, _ limit: Double) -> Bool {
        guard let text = request.headers["x-amz-date"], let signed = HTTPDateText.signed(text) else { return true }
        return abs(signed.timeIntervalSince(SimulatedClock.date(thread.elapsed))) > limit
    }

    // MARK: - S3

    private func s3(_ request: HTTPRequest, _ body: [UInt8], _ process: String) -> HTTPResponse {
        if isTooOld(request, 900) { return refuse(403, "RequestTimeTooSkewed") }
        let parts = request.url.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let key = PercentEncoding.decode(String(parts[0].dropFirst()), plusIsSpace: false) else {
            return refuse(400, "InvalidURI")
        }
        let query = Self.query(parts.count > 1 ? String(parts[1]) : "")
        switch request.method {
        case .get where key.isEmpty && query["list-type"] != nil: return list(query)
        case .get where key.isEmpty && query["uploads"] != nil:
            return reply(
                200, [:], "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>")
        case .get, .head: return get(key, isHead: request.method == .head)
        case .put where request.headers["x-amz-copy-source"] != nil: return copy(request, key, process)
        case .put: return put(request, key, body, process)
        case .delete: return delete([key], process, reply(204))
        case .post where query["delete"] != nil:
            let text = String(decoding: body, as: UTF8.self)
            let keys = text.split(separator: "<Key>").dropFirst().compactMap { part in
                part.split(separator: "</Key>", omittingEmptySubsequences: false).first.map(String.init)
            }
            return delete(keys, process, reply(200, [:], "<DeleteResult></DeleteResult>"))
        default: return refuse(501, "NotImplemented")
        }
    }

    private static func query(_ text: String) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(parts[0])] =
                parts.count > 1 ? PercentEncoding.decode(String(parts[1]), plusIsSpace: false) : ""
        }
        return query
    }

    private func get(_ key: String, isHead: Bool) -> HTTPResponse {
        guard let object = state.withLock({ $0.objects[key] }) else {
            return isHead ? reply(404) : refuse(404, "NoSuchKey")
        }
        var headers = object.headers
        headers.add("etag", object.etag)
        headers.add("last-modified", HTTPDateText.of(SimulatedClock.date(object.modified)))
        headers.add("x-amz-checksum-sha256", Base64.encode(SHA256.hash(object.bytes).bytes))
        if isHead { headers.add("content-length", String(object.bytes.count)) }
        return reply(200, headers, bytes: isHead ? [] : object.bytes)
    }

    private func list(_ query: [String: String]) -> HTTPResponse {
        let prefix = query["prefix"] ?? ""
        let delimiter = query["delimiter"]
        let token = query["continuation-token"]
        let objects = state.withLock(\.objects)
        let keys = objects.keys.filter { $0.hasPrefix(prefix) }.sorted()
        var (contents, prefixes, last) = ("", [String](), "")
        var count = 0
        var isTruncated = false
        for key in keys where token.map({ key > $0 }) ?? true {
            if count == 100 {
                isTruncated = true
                break
            }
            last = key
            let rest = key.dropFirst(prefix.count)
            if let delimiter, let end = rest.firstRange(of: delimiter) {
                let common = prefix + rest[..<end.upperBound]
                if prefixes.last != common { prefixes.append(common) }
            } else if let object = objects[key] {
                contents +=
                    "<Contents><Key>\(PercentEncoding.path.encode(key))</Key><Size>\(object.bytes.count)</Size>"
                    + "<ETag>\(object.etag)</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            }
            count += 1
        }
        let common = prefixes.map {
            "<CommonPrefixes><Prefix>\(PercentEncoding.path.encode($0))</Prefix></CommonPrefixes>"
        }
        let next = isTruncated ? "<NextContinuationToken>\(last)</NextContinuationToken>" : ""
        return reply(
            200, [:],
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>\(isTruncated)</IsTruncated>\(next)\(contents)"
                + common.joined() + "</ListBucketResult>")
    }

    /// - Returns: nil if the conditions hold.
    private func refusal(_ request: HTTPRequest, _ key: String) -> HTTPResponse? {
        let there = state.withLock { $0.objects[key]?.etag }
        if request.headers["if-none-match"] == "*", there != nil { return refuse(412, "PreconditionFailed") }
        if let wanted = request.headers["if-match"] {
            guard let there else { return refuse(404, "NoSuchKey") }
            if there != wanted { return refuse(412, "PreconditionFailed") }
        }
        return nil
    }

    private func put(_ request: HTTPRequest, _ key: String, _ body: [UInt8], _ process: String) -> HTTPResponse {
        if let refusal = refusal(request, key) { return refusal }
        let digest = SHA256.hash(body)
        if let wanted = request.headers["x-amz-checksum-sha256"], wanted != Base64.encode(digest.bytes) {
            return refuse(400, "BadDigest")
        }
        return reply(200, ["etag": store(key, body, Self.kept(request.headers), process)])
    }

    private func copy(_ request: HTTPRequest, _ key: String, _ process: String) -> HTTPResponse {
        let source = PercentEncoding.decode(request.headers["x-amz-copy-source"] ?? "", plusIsSpace: false) ?? ""
        let name = String(source.dropFirst(Self.bucket.count + 1))
        guard let object = state.withLock({ $0.objects[name] }) else { return refuse(404, "NoSuchKey") }
        if let wanted = request.headers["x-amz-copy-source-if-match"], wanted != object.etag {
            return refuse(412, "PreconditionFailed")
        }
        if let refusal = refusal(request, key) { return refusal }
        let replaces = request.headers["x-amz-metadata-directive"] == "REPLACE"
        let etag = store(key, object.bytes, replaces ? Self.kept(request.headers) : object.headers, process)
        return reply(200, [:], "<CopyObjectResult><ETag>\(etag)</ETag></CopyObjectResult>")
    }

    private static let stored: Set<String> = [
        "content-type", "content-encoding", "cache-control", "x-amz-website-redirect-location",
    ]

    private static func kept(_ headers: HTTPHeaders) -> HTTPHeaders {
        HTTPHeaders(
            headers.fields.filter {
                stored.contains($0.name.lowercased()) || $0.name.lowercased().hasPrefix("x-amz-meta-")
            })
    }

    private func store(_ key: String, _ bytes: [UInt8], _ headers: HTTPHeaders, _ process: String) -> String {
        let elapsed = thread.elapsed
        let (before, object) = state.withLock { state -> (Object?, Object) in
            state.writes += 1
            // Unlike those of S3 they differ for equal bytes, as under some encryptions.
            let object = Object(bytes: bytes, headers: headers, etag: "\"e\(state.writes)\"", modified: elapsed)
            return (state.objects.updateValue(object, forKey: key), object)
        }
        watcher.withLock(\.self)?.hasChanged(key, from: before?.bytes, to: bytes, by: process)
        return object.etag
    }

    private func delete(_ keys: [String], _ process: String, _ response: HTTPResponse) -> HTTPResponse {
        for key in keys {
            let before = state.withLock { $0.objects.removeValue(forKey: key) }
            if let before { watcher.withLock(\.self)?.hasChanged(key, from: before.bytes, to: nil, by: process) }
        }
        return response
    }

    // MARK: - CloudFront

    private func cloudFront(_ request: HTTPRequest, _ body: [UInt8], _ process: String) -> HTTPResponse {
        if isTooOld(request, 300) { return refuse(403, "RequestExpired") }
        let parts = request.url.target.split(separator: "?")[0].split(separator: "/").map(String.init)
        guard parts.count >= 3, parts[2] == Self.distribution else { return refuse(404, "NoSuchDistribution") }
        switch (request.method, parts.dropFirst(3).joined(separator: "/")) {
        case (.get, "config"):
            let state = now
            return reply(200, ["etag": "E\(state.etag)"], Self.config(state.path))
        case (.put, "config"): return update(request, body, process)
        case (.get, ""):
            let state = now
            let isDeployed = state.deployedAt <= thread.elapsed
            return reply(
                200, ["etag": "E\(state.etag)"],
                "<Distribution><Id>\(Self.distribution)</Id><Status>\(isDeployed ? "Deployed" : "InProgress")</Status>"
                    + "<DomainName>d111111abcdef8.cloudfront.net</DomainName><InProgressInvalidationBatches>0"
                    + "</InProgressInvalidationBatches><DistributionConfig></DistributionConfig></Distribution>")
        case (.post, "invalidation"): return invalidate(body, process)
        case (.get, let rest) where rest.hasPrefix("invalidation/"):
            guard let found = now.invalidations.first(where: { $0.id == parts[4] }) else {
                return refuse(404, "NoSuchInvalidation")
            }
            return reply(200, [:], describe(found))
        default: return refuse(404, "NoSuchOperation")
        }
    }

    private static func config(_ path: String) -> String {
        "<DistributionConfig xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><CallerReference>r</CallerReference>"
            + "<Origins><Quantity>1</Quantity><Items><Origin><Id>site</Id><DomainName>\(bucket).s3.us-east-1.amazonaws.com"
            + "</DomainName><OriginPath>\(path)</OriginPath><S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity>"
            + "</S3OriginConfig></Origin></Items></Origins><Comment>ours</Comment><Enabled>true</Enabled></DistributionConfig>"
    }

    private func update(_ request: HTTPRequest, _ body: [UInt8], _ process: String) -> HTTPResponse {
        let before = now
        guard request.headers["if-match"] == "E\(before.etag)" else { return refuse(412, "PreconditionFailed") }
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.firstRange(of: "<OriginPath>"), let end = text.firstRange(of: "</OriginPath>") else {
            return refuse(400, "MalformedInput")
        }
        let path = String(text[start.upperBound..<end.lowerBound])
        let isRest = text == Self.config(path)
        let elapsed = thread.elapsed
        let etag = state.withLock { state in
            if path != state.path || !state.keepsETag { state.etag += 1 }
            if path != state.path {
                state.pathBefore = state.path
                state.path = path
                state.switchedAt = elapsed
                state.deployedAt = elapsed + .milliseconds(Int(state.random.next() % 20_000))
            }
            return state.etag
        }
        watcher.withLock(\.self)?.hasSwitched(from: before.path, to: path, changesNothingElse: isRest, by: process)
        return reply(200, ["etag": "E\(etag)"], text)
    }

    private func invalidate(_ body: [UInt8], _ process: String) -> HTTPResponse {
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.firstRange(of: "<CallerReference>"), let end = text.firstRange(of: "</CallerReference>")
        else { return refuse(400, "MalformedInput") }
        let reference = String(text[start.upperBound..<end.lowerBound])
        let elapsed = thread.elapsed
        let found = state.withLock { state -> Invalidation in
            if let found = state.invalidations.first(where: { $0.reference == reference }) { return found }
            let made = Invalidation(
                id: "I\(state.invalidations.count + 1)", reference: reference, createdAt: elapsed,
                completedAt: elapsed + .milliseconds(Int(state.random.next() % 8_000)))
            state.invalidations.append(made)
            return made
        }
        return reply(201, [:], describe(found))
    }

    private func describe(_ invalidation: Invalidation) -> String {
        "<Invalidation><Id>\(invalidation.id)</Id><Status>"
            + (invalidation.completedAt <= thread.elapsed ? "Completed" : "InProgress")
            + "</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime><InvalidationBatch><CallerReference>"
            + "\(invalidation.reference)</CallerReference></InvalidationBatch></Invalidation>"
    }

    // MARK: - Visitors

    /// A page from an edge that has the newest configuration, and nothing in its cache.
    private func visit(_ request: HTTPRequest) -> HTTPResponse {
        let (path, objects) = state.withLock { ($0.path, $0.objects) }
        let target = String(request.url.target.split(separator: "?")[0])
        let key = String((path + (target == "/" ? "/index.html" : target)).dropFirst())
        guard let object = objects[key] else { return reply(403, ["content-type": "text/plain"], "AccessDenied") }
        return reply(200, object.headers, bytes: object.bytes)
    }
}

/// Is told of everything that changes.
protocol CloudWatcher: Sendable {
    /// - Parameter after: nil if the object is deleted.
    func hasChanged(_ key: String, from before: [UInt8]?, to after: [UInt8]?, by process: String)
    func hasSwitched(from before: String, to after: String, changesNothingElse: Bool, by process: String)
}

enum HTTPDateText {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Thu, 01 Jan 2026 00:00:00 GMT`.
    static func of(_ date: Date) -> String {
        let text = date.journalText
        let seconds = Int(date.timeIntervalSince1970)
        func part(_ from: Int, _ count: Int) -> String { String(text.dropFirst(from).prefix(count)) }
        let day = days[(seconds / 86_400) % 7]
        return "\(day), \(part(8, 2)) \(months[(Int(part(5, 2)) ?? 1) - 1]) \(part(0, 4)) \(part(11, 8)) GMT"
    }

    /// `20260101T000000Z`.
    static func signed(_ text: String) -> Date? {
        func part(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
        return Date(
            journalText:
                "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(9, 2)):\(part(11, 2)):\(part(13, 2)).000Z")
    }
}
