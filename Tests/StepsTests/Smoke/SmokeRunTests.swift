import HTTP
import PipelineKit
import SmokeStep
import Synchronization
import TestSupport
import Testing

@Suite struct SmokeRunTests {
    @Test func everyFailingCheckIsToldInTheOrderOfTheFile() async throws {
        let failure = try await smokeFailure(
            ["url": .text(page), "checks": [["url": "/a"], ["url": "/b"], ["url": "http://other.test/c?x=1&y='"]]],
            [page + "a": [.answer(404, [:], "", .milliseconds(500))], page + "b": [.answer(200)]])
        #expect(
            failure?.message == "2 of 3 checks failed:\nhttp://site.test/a: expected status 200, got 404\n"
                + "http://other.test/c?x=1&y=': expected status 200, got 404")
        #expect(
            failure?.help == "to reproduce:\ncurl -sSi --max-time 10 --compressed http://site.test/a\n"
                + #"curl -sSi --max-time 10 --compressed 'http://other.test/c?x=1&y='\'''"#)
    }

    @Test func fiveFailuresAreToldAndTheRestCounted() async throws {
        let checks = Value.list((0..<15).map { ["url": .text("/\($0)")] })
        let failure = try #require(try await smokeFailure(["url": .text(page), "checks": checks], [:]))
        #expect(failure.message.hasPrefix("15 of 15 checks failed:\nhttp://site.test/0: "))
        #expect(failure.message.hasSuffix("\nhttp://site.test/4: expected status 200, got 404\nand 10 more"))
        #expect(failure.help?.split(separator: "\n").count == 6)
    }

    @Test func afterManyFailuresNoMoreChecksAreMade() async throws {
        let checks = Value.list((0..<300).map { ["url": .text("/\($0)")] })
        let client = ScriptedClient([:])
        let error = await #expect(throws: SmokeFailure.self) {
            try await smoke(["url": .text(page), "checks": checks, "concurrency": 1], client)
        }
        #expect(client.requests.count == 100)
        #expect(error?.message.hasPrefix("100 of 300 checks failed, 200 were not made:\nhttp://site.test/0: ") == true)
        #expect(error?.message.hasSuffix("\nand 95 more") == true)
    }

    @Test func onlyWhatIsHashedMayBeLarge() async throws {
        let client = ScriptedClient([:])
        let sha = Value.text(String(repeating: "0", count: 64))
        _ = try? await smoke(
            [
                "url": .text(page), "concurrency": 1,
                "checks": [
                    ["url": "/"], ["url": "/", "contains": "x"], ["url": "/", "sha256": sha],
                    ["url": "/", "sha256": sha, "contains": "x"],
                ],
            ], client)
        #expect(client.requests.map(\.maximumBodyBytes) == [16 << 20, 16 << 20, 1 << 30, 16 << 20])
        #expect(client.requests.map { $0.sink == nil } == [false, true, false, true])
    }

    @Test func outputsCountAndProgressIsTold() async throws {
        let states = Mutex<[Progress.State]>([])
        let progress = Progress { state in states.withLock { $0.append(state) } }
        let client = ScriptedClient([
            page + "a": [.answer(200, [:], "", .milliseconds(7))],
            page + "b": [.answer(200, [:], "", .milliseconds(31))],
        ])
        let output = try await smoke(
            ["url": .text(page), "checks": [["url": "/a"], ["url": "/b"]]], client, progress: progress)
        #expect(output.passed == 2 && output.slowest == 31)
        #expect(
            states.withLock { $0 } == [
                .init(done: 1, total: 2, unit: "checks"), .init(done: 2, total: 2, unit: "checks"),
            ])
    }

    @Test(arguments: [1, 3])
    func noMoreRequestsAreInFlightThanAllowed(_ limit: Int) async throws {
        let client = ScriptedClient([:])
        let checks = Value.list((0..<20).map { ["url": .text("/\($0)"), "status": 404] })
        let output = try await smoke(["url": .text(page), "checks": checks, "concurrency": .integer(limit)], client)
        #expect(output.passed == 20 && client.requests.count == 20)
        #expect(client.most <= limit && (limit == 1 || client.most > 1))
    }

    @Test func requestsAreSentAsTheOptionsSay() async throws {
        let client = ScriptedClient([:])
        _ = try await smoke(
            [
                "url": .text(page + "docs/"), "timeout": "3s", "request-headers": ["Cookie": "a=1", "x-key": "top"],
                "resolve": "site.test:80:192.0.2.7",
                "checks": [
                    ["url": "/one", "status": 404],
                    [
                        "url": "/two", "status": 404, "method": "HEAD", "timeout": "1s", "redirects": 4,
                        "request-headers": ["X-Key": "own", "accept-encoding": "gzip"],
                        "resolve": "site.test:80:192.0.2.8",
                    ],
                ],
            ], client)
        let requests = client.requests.sorted { $0.url.target < $1.url.target }
        try #require(requests.map(\.url.description) == [page + "one", page + "two"])
        #expect(requests[0].method == .get && requests[1].method == .head)
        #expect(requests.map(\.timeouts.total) == [.seconds(3), .seconds(1)])
        #expect(requests.map(\.maximumRedirects) == [0, 4])
        #expect(requests.map(\.decompresses) == [true, true])
        #expect(requests.map(\.resolve.first?.address) == ["192.0.2.7", "192.0.2.8"])
        #expect(requests[0].headers == ["Cookie": "a=1", "x-key": "top"])
        #expect(requests[1].headers == ["Cookie": "a=1", "X-Key": "own", "accept-encoding": "gzip"])
    }

    @Test func theCurlLineSaysEverythingButSecrets() async throws {
        let failure = try await smokeFailure(
            [
                "checks": [
                    [
                        "url": "http://site.test/a/../[1]", "method": "HEAD", "timeout": "1500ms", "redirects": 2,
                        "request-headers": ["authorization": "Bearer s3cret", "accept-encoding": "br"],
                        "resolve": "site.test:80:2001:db8::1",
                    ]
                ]
            ], [:])
        #expect(
            failure?.help == "to reproduce:\ncurl -sSI --max-time 1.5 -L --max-redirs 2 --compressed "
                + "-H 'accept-encoding: …' -H 'authorization: …' --connect-to 'site.test:80:[2001:db8::1]:80' -g "
                + "--path-as-is 'http://site.test/a/../[1]'")
        #expect(failure?.message.contains("s3cret") == false)
    }

    @Test func aCancelEndsTheStep() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await smoke(["url": .text(page)], ScriptedClient([page: [.answer(200)]])).passed
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// The page is there, and only the search in it is left.
    @Test func aCancelEndsASearch() async throws {
        let client = ScriptedClient([page: [.answer(200, [:], "bbb")]], cancelsAfterIt: true)
        await #expect(throws: CancellationError.self) {
            try await smoke(["url": .text(page), "matches": "a"], client)
        }
        #expect(client.requests.count == 1)
    }

    @Test func anEmptyURLIsNamedWhenTheStepRuns() async throws {
        for fields: [String: Value] in [["url": ""], ["checks": [["url": ""]]]] {
            #expect(Smoke.Options.problems(fields).isEmpty)
            let error = await #expect(throws: StepError.self) { try await smoke(fields, ScriptedClient([:])) }
            #expect(error?.code == "no-url")
            #expect(error?.message == "`url` is empty, so there is nothing to check")
            #expect(error?.help?.contains("if: inputs.url != ''") == true)
        }
    }

    @Test func aRunnerWithoutAClientSaysSo() async throws {
        let error = await #expect(throws: StepError.self) {
            try await Smoke(.test(["url": .text(page)])).run(in: .test())
        }
        #expect(error?.code == "no-http-client")
    }
}
