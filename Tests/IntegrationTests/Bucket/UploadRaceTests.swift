import AWS
import Digest
import HTTP
import ObjectStorage
import PipelineKit
import Synchronization
import SyncStep
import SystemPackage
import TestSupport
import Testing

@testable import Releases

/// Two runs that make one release in one bucket. One of them is stopped before each of its requests in turn, and the other runs
/// from its beginning to its end in that moment.
@Suite struct UploadRaceTests {
    /// A run with a site of its own.
    private struct Job: Sendable {
        let run: String
        let step: Sync
        let files: [String: String]
        let context: StepContext
        let moments: Moments

        func upload() async throws -> Sync.Output {
            guard let state = try await before(step, in: context) else { return Sync.Output() }
            return try await step.run(from: state, in: context)
        }
    }

    /// The requests of one run, before one of which something else happens.
    private final class Moments: HTTPClient {
        private let client: any HTTPClient
        private let knowsConditions: Bool
        private let state = Mutex((count: 0, wanted: Int?.none))
        private let event = Mutex<(@Sendable () async throws -> Void)?>(nil)
        private let wasReached = Mutex(false)
        private let hasRun = Mutex(false)

        /// - Parameter knowsConditions: whether the server takes conditional writes.
        init(_ client: any HTTPClient, knowsConditions: Bool) {
            (self.client, self.knowsConditions) = (client, knowsConditions)
        }

        /// - Parameter number: from 0.
        func before(_ number: Int, _ body: @escaping @Sendable () async throws -> Void) {
            state.withLock { $0 = (0, number) }
            event.withLock { $0 = body }
        }

        var hasHappened: Bool { hasRun.withLock { $0 } }
        /// True if there was such a request at all.
        var wasMade: Bool { wasReached.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let isNow = state.withLock { state in
                defer { state.count += 1 }
                return state.count == state.wanted
            }
            // What is under way cannot be called back: a deletion, and a file if there are no conditions.
            let url = "\(request.url)"
            let isUnderWay =
                request.method == .post && url.contains("?delete")
                || !knowsConditions && request.method == .put && url.contains("/releases/")
            if isNow && isUnderWay { wasReached.withLock { $0 = true } }
            if isNow && !isUnderWay {
                hasRun.withLock { $0 = true }
                wasReached.withLock { $0 = true }
                try await event.withLock { $0 }?()
            }
            if !knowsConditions, ["if-none-match", "if-match"].contains(where: { request.headers[$0] != nil }) {
                return HTTPResponse(
                    status: 501, headers: HTTPHeaders(), body: Array("<Error><Code>NotImplemented</Code></Error>".utf8),
                    effectiveURL: url, timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
            }
            return try await client.send(request)
        }
    }

    private func job(
        _ run: String, _ files: [String: String], in bucket: BucketFixture, knowsConditions: Bool = true
    ) throws -> Job {
        let step = try bucket.sync("v1", try bucket.site.site("site-\(run)", files)) { $0.concurrency = 1 }
        var context = try bucket.context(run: run)
        let moments = Moments(bucket.aws.transport, knowsConditions: knowsConditions)
        context[HTTPKey.self] = moments
        context.clock = QuickClock()
        context[AWSClientsKey.self] = AWSClients()
        return Job(run: run, step: step, files: files, context: context, moments: moments)
    }

    /// Makes a site with a file that all sites share, files of the same size as the others', and a file of its own.
    private static func files(_ name: String) -> [String: String] {
        ["a.html": "page \(name)", "b.html": "also \(name)", "shared.css": "shared", "only-\(name).js": "its own"]
    }

    /// What is wrong with the release as it is in the bucket; nil if there is none.
    private func faults(_ bucket: BucketFixture) async throws -> Completeness? {
        let v1 = try ReleaseVersion("v1")
        let folder = FilePath(bucket.site.folder.path.string)
        guard let manifest = try await bucket.store.manifest(of: v1, in: folder) else { return nil }
        return try await bucket.store.check(v1, against: manifest, nil, .full, in: folder)
    }

    private func content(_ bucket: BucketFixture) async throws -> [String: String] {
        var content: [String: String] = [:]
        for key in try await bucket.keys("releases/v1/") { content[key] = try await bucket.text("releases/v1/\(key)") }
        return content
    }

    /// Goes through every moment of a run, until there is none left.
    ///
    /// - Parameter body: gets a bucket and the number of the request; says whether that request was made.
    private func atEachMoment(_ body: (BucketFixture, Int) async throws -> Bool) async throws -> Int {
        for number in 0..<200 {
            let wasReached = try await BucketFixture.with { try await body($0, number) }
            if !wasReached { return number }
        }
        return 200
    }

    private func isConflict(_ error: any Error) -> Bool { error is UploadConflict }

    /// - Parameters:
    ///   - hasEarlier: whether there is the upload of a third run that was killed.
    ///   - knowsConditions: whether the server takes conditional writes.
    @Test(arguments: [(false, true), (true, true), (false, false)])
    func anotherRunAtEveryMomentOfAnUpload(_ hasEarlier: Bool, _ knowsConditions: Bool) async throws {
        let count = try await atEachMoment { bucket, number in
            if hasEarlier {
                let v1 = try ReleaseVersion("v1")
                _ = try await job("killed", Self.files("killed"), in: bucket).upload()
                try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            }
            let slow = try job("slow", Self.files("slow"), in: bucket, knowsConditions: knowsConditions)
            let quick = try job("quick", Self.files("quick"), in: bucket, knowsConditions: knowsConditions)
            let ended = Mutex<[String: Result<Bool, any Error>]>([:])
            slow.moments.before(number) {
                do {
                    let created = try await quick.upload().created
                    ended.withLock { $0["quick"] = .success(created) }
                } catch {
                    ended.withLock { $0["quick"] = .failure(error) }
                }
            }
            do {
                let created = try await slow.upload().created
                ended.withLock { $0["slow"] = .success(created) }
            } catch {
                ended.withLock { $0["slow"] = .failure(error) }
                try await slow.step.rollback(to: Sync.Before(state: .absent), in: slow.context)
            }
            guard slow.moments.hasHappened else { return slow.moments.wasMade }
            let results = ended.withLock { $0 }
            let winners = results.filter { (try? $0.value.get()) == true }.map(\.key)
            #expect(winners.count == 1, "before request \(number): \(results)")
            for case .failure(let error) in results.values {
                let described = error as? any DescribedError
                #expect(["upload-conflict", "version-exists"].contains(described?.code), "before \(number): \(error)")
            }
            #expect(try await faults(bucket)?.text == "", "before request \(number): \(results)")
            if let winner = winners.first {
                #expect(try await content(bucket) == Self.files(winner), "before request \(number)")
            }
            #expect(try await bucket.keys(".runner/incoming/") == [], "before request \(number)")
            return true
        }
        #expect(count > 12, "\(count) requests")
    }

    @Test func twoRunsWithTheSameBytesAreBothRightOrOneIsTold() async throws {
        _ = try await atEachMoment { bucket, number in
            let files = Self.files("same")
            let slow = try job("slow", files, in: bucket)
            let quick = try job("quick", files, in: bucket)
            let failure = Mutex<(any Error)?>(nil)
            slow.moments.before(number) {
                do { _ = try await quick.upload() } catch { failure.withLock { $0 = error } }
            }
            do { _ = try await slow.upload() } catch { #expect(isConflict(error), "before \(number): \(error)") }
            guard slow.moments.hasHappened else { return slow.moments.wasMade }
            failure.withLock { if let error = $0 { #expect(isConflict(error), "before \(number): \(error)") } }
            #expect(try await faults(bucket)?.text == "", "before request \(number)")
            #expect(try await content(bucket) == files)
            return true
        }
    }

    /// The loser's rollback leaves alone what the other run makes.
    @Test(arguments: [true, false])
    func anotherRunAtEveryMomentOfARollback(_ wasComplete: Bool) async throws {
        let count = try await atEachMoment { bucket, number in
            let undone = try job("undone", Self.files("undone"), in: bucket)
            let quick = try job("quick", Self.files("quick"), in: bucket)
            let state = try #require(try await before(undone.step, in: undone.context))
            _ = try await undone.step.run(from: state, in: undone.context)
            let v1 = try ReleaseVersion("v1")
            if !wasComplete { try await bucket.store.move(.manifest(of: v1), to: .incoming(v1)) }
            let failure = Mutex<(any Error)?>(nil)
            undone.moments.before(number) {
                do { _ = try await quick.upload() } catch { failure.withLock { $0 = error } }
            }
            do {
                try await undone.step.rollback(to: state, in: undone.context)
            } catch {
                Issue.record("before request \(number): the rollback says \(error)")
            }
            guard undone.moments.hasHappened else { return undone.moments.wasMade }
            if let error = failure.withLock({ $0 }) {
                let code = (error as? any DescribedError)?.code
                #expect(
                    ["upload-conflict", "version-exists", "record-gone"].contains(code), "before \(number): \(error)")
                try await quick.step.rollback(to: Sync.Before(state: .absent), in: quick.context)
                #expect(try await bucket.keys() == [".runner/store.json"], "before request \(number)")
            } else {
                #expect(try await faults(bucket)?.text == "", "before request \(number)")
                #expect(try await content(bucket) == Self.files("quick"), "before request \(number)")
            }
            return true
        }
        #expect(count > 8, "\(count) requests")
    }

    /// A run was killed after its uploads and before the manifest, and continues after another one has begun, or has not.
    @Test(arguments: [true, false])
    func aRunThatWasKilledGoesOn(_ isTakenOver: Bool) async throws {
        try await BucketFixture.with { bucket in
            let killed = try job("killed", Self.files("killed"), in: bucket)
            let state = try #require(try await before(killed.step, in: killed.context))
            _ = try await killed.step.run(from: state, in: killed.context)
            let v1 = try ReleaseVersion("v1")
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            if isTakenOver {
                _ = try await job("other", Self.files("other"), in: bucket).upload()
                let error = await #expect(throws: StepError.self) {
                    try await killed.step.run(from: state, in: killed.context)
                }
                #expect(error?.code == "version-exists")
                try await killed.step.rollback(to: state, in: killed.context)
                #expect(try await content(bucket) == Self.files("other"))
            } else {
                let output = try await killed.step.run(from: state, in: killed.context)
                #expect(output.created && output.skipped == 4 && output.uploaded == 0)
                #expect(try await content(bucket) == Self.files("killed"))
            }
            #expect(try await faults(bucket)?.text == "")
        }
    }

    /// A run that takes its release back and one that makes it have both looked before either wrote.
    @Test func aRetirementThatIsUnderWayIsFinishedFirst() async throws {
        try await BucketFixture.with { bucket in
            let v1 = try ReleaseVersion("v1")
            _ = try await job("undone", Self.files("undone"), in: bucket).upload()
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            let next = try job("next", Self.files("next"), in: bucket)
            let state = try #require(try await before(next.step, in: next.context))
            var context = next.context
            let store = bucket.store
            // The other one gets as far as its record in the trash.
            context[HTTPKey.self] = Interruption(bucket.aws.transport, ".runner/incoming/v1.jsonl") {
                try await store.move(.incoming(v1), to: .trash(v1))
            }
            context[AWSClientsKey.self] = AWSClients()
            #expect(try await next.step.run(from: state, in: context).created)
            #expect(try await bucket.keys(".runner/trash/") == [])
            _ = try await bucket.store.finishRetirements(in: next.context)
            #expect(try await content(bucket) == Self.files("next"))
            #expect(try await faults(bucket)?.text == "")
        }
    }

    /// The next run finishes what was left in the trash. Another run may have done so, and made the release, since it
    /// looked.
    @Test func anotherRunAtEveryMomentOfAFinishedRetirement() async throws {
        let count = try await atEachMoment { bucket, number in
            let v1 = try ReleaseVersion("v1")
            _ = try await job("retired", Self.files("retired"), in: bucket).upload()
            try await bucket.store.move(.manifest(of: v1), to: .trash(v1))
            let tidy = try job("tidy", Self.files("tidy"), in: bucket)
            let quick = try job("quick", Self.files("quick"), in: bucket)
            let failure = Mutex<(any Error)?>(nil)
            tidy.moments.before(number) {
                do { _ = try await quick.upload() } catch { failure.withLock { $0 = error } }
            }
            let store = try await bucket.url.open(in: tidy.context)
            do {
                _ = try await store.finishRetirements(in: tidy.context)
            } catch {
                Issue.record("before request \(number): \(error)")
            }
            guard tidy.moments.hasHappened else { return tidy.moments.wasMade }
            failure.withLock { if let error = $0 { Issue.record("before request \(number): \(error)") } }
            #expect(try await faults(bucket)?.text == "", "before request \(number)")
            #expect(try await content(bucket) == Self.files("quick"), "before request \(number)")
            return true
        }
        #expect(count > 4, "\(count) requests")
    }

    @Test func theErrorNamesTheOtherRun() async throws {
        try await BucketFixture.with { bucket in
            let slow = try job("slow", Self.files("slow"), in: bucket)
            let quick = try job("quick", Self.files("quick"), in: bucket)
            let v1 = try ReleaseVersion("v1")
            let manifest = slow.context.folder.appending("manifest.jsonl")
            _ = try await slow.upload()
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            let upload = try await bucket.store.begin(v1, manifest, in: slow.context)
            _ = try await quick.step.prepare(in: quick.context)
            _ = try await bucket.store.begin(v1, quick.context.folder.appending("manifest.jsonl"), in: quick.context)
            let error = await #expect(throws: UploadConflict.self) {
                try await bucket.store.complete(upload, in: slow.context.folder)
            }
            #expect(error?.kind == .takenOver && error?.other?.runID == "quick")
            #expect(error?.message.hasPrefix("run quick") == true && error?.help?.contains("run this again") == true)
            #expect(error?.retryClass == .conflict)
        }
    }

    /// Each file takes one request: the one that stores it.
    @Test func aPlainUploadAsksForNothingTwice() async throws {
        try await BucketFixture.with { bucket in
            let files = Dictionary(uniqueKeysWithValues: (0..<300).map { ("f/\($0)", "text \($0)") })
            let before = ["f/0": "text 0", "f/1": "text 1"]
            _ = try await bucket.deploy("v0", try bucket.site.site("zero", before), run: "run-0")
            let asked = Mutex<[String]>([])
            bucket.calls.hurt { request in
                asked.withLock { $0.append("\(request.method) \(request.url)") }
                return nil
            }
            let output = try await perform(
                try bucket.sync("v1", try bucket.site.site("one", files)), in: try bucket.context())
            #expect(output.uploaded == 298 && output.copied == 2)
            let urls = asked.withLock { $0 }
            let ofFiles = urls.filter { $0.contains("/releases/v1/f/") }
            #expect(ofFiles.count == 300 && ofFiles.allSatisfy { $0.hasPrefix("\(HTTPMethod.put) ") })
            // The look for parts that were left, two listings, the records. Each once: an upload looks at its own
            // record by the clock, so that a slow machine asks for it more often.
            let others = Set(urls).subtracting(ofFiles)
            #expect(others.count < 24, "\(others.sorted())")
        }
    }

    /// A server that knows no conditional writes gets few of them, and the whole release.
    @Test func aServerWithoutConditionsGetsTheRelease() async throws {
        try await BucketFixture.with { bucket in
            let files = Dictionary(uniqueKeysWithValues: (0..<60).map { ("f/\($0)", "text \($0)") })
            let calls = bucket.calls
            calls.hurt { request in
                guard ["if-none-match", "if-match"].contains(where: { request.headers[$0] != nil }) else { return nil }
                calls.refuse()
                return (501, "<Error><Code>NotImplemented</Code></Error>")
            }
            let clients = AWSClients()
            var refused: [Int] = []
            for version in ["v1", "v2"] {
                var context = try bucket.context(run: "run-\(version)")
                context[AWSClientsKey.self] = clients
                let step = try bucket.sync(version, try bucket.site.site(version, files))
                let output = try await perform(step, in: context)
                #expect(output.created && output.uploaded + output.copied == 60)
                refused.append(calls.refused)
            }
            // The record; the files that were under way together, and the copies likewise.
            #expect(refused[0] <= 12 && refused[1] - refused[0] <= 12, "\(refused)")
            #expect(try await bucket.keys("releases/v2/").count == 60)
        }
    }

    /// With KMS keys an ETag says nothing about the bytes.
    ///
    /// - Parameter knowsSHA256: whether the server tells an object's SHA-256.
    @Test(arguments: [true, false])
    func anUploadIsTakenUpWhoseETagsTellNothing(_ knowsSHA256: Bool) async throws {
        try await BucketFixture.with { bucket in
            let files = ["a": "aaa", "b": "bbb", "c": "ccc"]
            let assets = try bucket.site.site("one", files)
            var context = try bucket.context(run: "killed")
            let client = OpaqueETags(bucket.aws.transport, knowsSHA256: knowsSHA256)
            context[HTTPKey.self] = client
            #expect(try await perform(try bucket.sync("v1", assets), in: context).uploaded == 3)
            #expect(client.looks == [:])
            let v1 = try ReleaseVersion("v1")
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            context = try bucket.context(run: "next")
            context[HTTPKey.self] = client
            let output = try await perform(try bucket.sync("v1", assets), in: context)
            #expect(output.skipped == 3 && output.uploaded == 0)
            #expect(client.looks == (knowsSHA256 ? ["HEAD": 3] : ["HEAD": 3, "GET": 3]))
            #expect(try await content(bucket) == files)
        }
    }

    /// Makes the ETags of a release's files say nothing about their bytes, as encryption does.
    private final class OpaqueETags: HTTPClient {
        private let client: any HTTPClient
        private let knowsSHA256: Bool
        private let asked = Mutex<[String: Int]>([:])

        init(_ client: any HTTPClient, knowsSHA256: Bool) { (self.client, self.knowsSHA256) = (client, knowsSHA256) }

        /// How often single files were asked about, by method.
        var looks: [String: Int] { asked.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let url = "\(request.url)"
            var response = try await client.send(request)
            if url.contains("/releases/v1/") {
                if request.method != .put { asked.withLock { $0["\(request.method)".uppercased(), default: 0] += 1 } }
                response.headers = HTTPHeaders(
                    response.headers.fields.compactMap { field in
                        switch field.name.lowercased() {
                        case "etag": HTTPHeaders.Field(field.name, Self.opaque(field.value))
                        case "x-amz-checksum-sha256" where !knowsSHA256: nil
                        default: field
                        }
                    })
            } else if url.contains("list-type=2") {
                let text = String(decoding: response.body, as: UTF8.self)
                response.body = Array(text.replacing(/[0-9a-f]{32}/) { Self.opaque(String($0.output)) }.utf8)
            }
            return response
        }

        /// As long, and of the same digits.
        private static func opaque(_ etag: String) -> String { String(etag.reversed()) }
    }

    @Test func theGateSeesBytesThatSomebodyElseHasStored() async throws {
        try await BucketFixture.with { bucket in
            let files = ["a": "aaa", "b": "bbb"]
            let step = try bucket.sync("v1", try bucket.site.site("one", files))
            let store = bucket.aws.s3
            let key = "\(bucket.prefix)/releases/v1/a"
            var context = try bucket.context()
            context[HTTPKey.self] = Interruption(bucket.aws.transport, "list-type=2", after: "/releases/v1/") {
                try await store.putObject(key, .bytes(Array("xxx".utf8)), sha256: SHA256.hash("xxx".utf8))
            }
            let error = await describedError { _ = try await perform(step, in: context) }
            #expect(error?.code == "incomplete-release")
            #expect(error?.message.contains("`a` has the right size and other bytes") == true)
            #expect(try await bucket.keys(".runner/manifests/") == [])
        }
    }

    /// Another run, whose upload was taken over, stores one more file: before this run lists what is there, and after it.
    @Test(arguments: ["list-type=2", "/releases/v1/a"])
    func whatLiesThereWithOtherHeadersIsReplaced(_ moment: String) async throws {
        try await BucketFixture.with { bucket in
            let list = try bucket.site.site("one", ["a": "aaa"])
            _ = try await perform(try bucket.sync("v0", list), in: try bucket.context(run: "run-0"))
            let wanted = try #require(try await bucket.headers("releases/v0/a"))
            var others = wanted
            others.cacheControl = "max-age=9"
            let step = try bucket.sync("v1", list) { $0.reuse = false }
            var context = try bucket.context()
            let state = try #require(try await before(step, in: context))
            let store = bucket
            context[HTTPKey.self] = Interruption(bucket.aws.transport, moment, "releases") { [others] in
                try await store.put("aaa", "releases/v1/a", headers: others)
            }
            let output = try await step.run(from: state, in: context)
            #expect(output.created && output.uploaded == 1)
            #expect(try await bucket.headers("releases/v1/a") == wanted)
        }
    }

    /// The run that has the upload replaces what another one has stored meanwhile.
    @Test(arguments: [10, 6 << 20])
    func anObjectThatAppearsMeanwhileIsReplaced(_ size: Int) async throws {
        try await BucketFixture.with { bucket in
            let text = String(repeating: "a", count: size)
            let other = Array(String(repeating: "b", count: size).utf8)
            let step = try bucket.sync("v1", try bucket.site.site("one", ["a": text])) {
                $0.partSize = ByteCount(5 << 20)
            }
            var context = try bucket.context()
            context.clock = QuickClock()
            let (store, key) = (bucket.aws.s3, "\(bucket.prefix)/releases/v1/a")
            let moment = size < 5 << 20 ? "/releases/v1/a" : "partNumber=2"
            context[HTTPKey.self] = Interruption(bucket.aws.transport, moment) {
                try await store.putObject(key, .bytes(other), sha256: SHA256.hash(other))
            }
            let output = try await perform(step, in: context)
            #expect(output.created && output.uploaded == 1)
            let there = try await store.getObject(key, to: { _ in true })
            #expect(there?.sha256 == SHA256.hash(text.utf8))
            #expect(try await faults(bucket)?.text == "")
        }
    }

    /// Lets something happen before the first request whose URL has some words in it, once.
    private final class Interruption: HTTPClient {
        private let client: any HTTPClient
        private let words: [String]
        private let event: @Sendable () async throws -> Void
        private let state: Mutex<(earlier: String, hasHappened: Bool)>

        /// - Parameter earlier: in the URL of a request that is made before.
        init(
            _ client: any HTTPClient, _ words: String..., after earlier: String = "",
            _ event: @escaping @Sendable () async throws -> Void
        ) {
            (self.client, self.words, self.event) = (client, words, event)
            state = Mutex((earlier, false))
        }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let url = "\(request.url)"
            let isNow = state.withLock { state in
                if !state.earlier.isEmpty {
                    if url.contains(state.earlier) { state.earlier = "" }
                    return false
                }
                guard !state.hasHappened, words.allSatisfy({ url.contains($0) }) else { return false }
                state.hasHappened = true
                return true
            }
            if isNow { try await event() }
            return try await client.send(request)
        }
    }
}
