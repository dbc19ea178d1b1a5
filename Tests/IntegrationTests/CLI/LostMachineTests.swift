import AWS
import FoundationEssentials
import HTTP
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// A run is killed at one of its requests, and its machine is gone with the run's folder. What comes next, on a machine that
/// has never seen it, leaves the right release live, whole and at every edge.
///
/// It is a choice of the moments and ways that `Tests/Attacks/lost_machines.py` goes through. A round counts only if the
/// proxy has met the request.
struct LostMachine: Sendable, CustomTestStringConvertible {
    /// What is done on the new machine.
    enum Way: Sendable {
        case recover
        case deploy(String, fails: Bool = false)
    }

    var name: String
    /// The request, as a proxy's rule selects it. `DISTRIBUTION` and `PREFIX` are the round's own.
    var method: String
    var path: String
    /// Which of these requests of the run it is.
    var number = 1
    /// True if the service has done it before the kill.
    var isDone = false
    /// The releases that are live one after the other before the run; its own is the next one.
    var releases = 1
    /// True if the run's check fails, so that it takes itself back.
    var fails = false
    /// False if the run takes no lease: nobody can tell that it is dead, so that it is only named.
    var takesLease = true
    var liveAtKill: String
    var way: Way
    var code: Int
    var live: String

    var testDescription: String { name }

    /// Kills runs at the requests, all at the same time: most of a round is waiting for the dead run's lease.
    static func kill(_ rounds: [LostMachine], through proxy: String) async throws {
        try await LocalAWS.with { aws in
            var places: [LostMachineSite] = []
            for round in rounds { places.append(try await LostMachineSite(round, aws, through: proxy)) }
            try await aws.hurt(proxy, logs: true)
            try await withThrowingTaskGroup { group in
                for place in places { group.addTask { try await place.prepare() } }
                try await group.waitForAll()
            }
            let rules = places.flatMap(\.rules).joined(separator: ",")
            try await aws.hurt(proxy, logs: true, rules)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for (index, place) in places.enumerated() {
                    group.addTask { try await place.go(firstRule: index * LostMachineSite.rulesPerRound) }
                }
                var counted = 0
                for try await hasMet in group where hasMet { counted += 1 }
                Soak.report("machines lost at \(proxy)", "\(counted) of \(rounds.count) kills met their request")
                #expect(counted == rounds.count)
            }
            try await aws.hurt(proxy)
        }
    }
}

/// The prefix, the distribution and the machines of one round.
private struct LostMachineSite: Sendable {
    /// One holds the request, the other lets it never arrive.
    static let rulesPerRound = 2
    /// Long enough for a slow machine to renew it; the next run waits until it is over.
    private static let shortLease = ["RUNNER_LEASE_SECONDS": "15"]

    private let round: LostMachine
    private let aws: LocalAWS
    private let proxy: String
    private let project: CommandProject
    private let prefix: String
    private let distribution: String
    private let host: String

    init(_ round: LostMachine, _ aws: LocalAWS, through proxy: String) async throws {
        (self.round, self.aws, self.proxy) = (round, aws, proxy)
        project = try CommandProject()
        prefix = String(LocalAWS.prefix("lost").dropLast())
        host = "\(prefix).localhost"
        distribution = try await aws.makeDistribution(path: "/old", alias: host)
    }

    private var store: BucketStore { BucketStore(aws.s3, prefix: prefix, clock: SystemClock()) }
    private var url: String { "s3://\(aws.s3.bucket)/\(prefix)" }

    /// A machine is a folder of its own.
    private func machine(_ name: String, takesLease: Bool = true, then: String = "") throws -> String {
        try project.folder.write(
            """
            version: 1
            name: deploy
            \(takesLease ? "" : "concurrency: none")
            inputs: { release: { type: string }, wanted: { type: string } }
            with: { store: "\(url)", distribution: \(distribution), version: "${{ inputs.release }}" }
            steps:
              - { uses: hash, with: { source: site } }
              - uses: sync
              - uses: switch-origin
              - uses: invalidate
              - uses: smoke
                with:
                  url: "http://\(host):\(aws.bed.url("SITE_URL").split(separator: ":").last ?? "")/"
                  contains: "${{ inputs.wanted }}"
              - { uses: prune, with: { keep: 1, min-age: 0s }, rollback: false }
            \(then)
            finally:
              - uses: log

            """, to: "\(name)/deploy.yml")
        return name
    }

    private func start(
        _ release: String, fails: Bool = false, on machine: String, _ environment: [String: String] = [:]
    ) throws -> RunnerProcess {
        try project.folder.write("<html>\(release)</html>\n", to: "\(machine)/site/index.html")
        try project.folder.write("text of \(release)\n", to: "\(machine)/site/text.txt")
        return try project.start(
            "run", "deploy.yml", "-i", "release=\(release)", "-i", "wanted=\(fails ? "no such text" : release)",
            environment: aws.bed.environment.merging(environment) { $1 }, in: machine)
    }

    func prepare() async throws {
        for number in 1...round.releases {
            let said = try await start("v\(number)", on: try machine("first-\(number)")).end()
            #expect(said.code == 0, "\(round): \(said.error)")
        }
    }

    private func filled(_ text: String) -> String {
        text.replacing("PREFIX", with: prefix).replacing("DISTRIBUTION", with: distribution)
    }

    /// What the proxy does to the run's request. It never arrives if it has not by the kill.
    var rules: [String] {
        let selectors = #""method": "\#(round.method)", "path": "\#(filled(round.path))", "nth": [\#(round.number)]"#
        let released = project.folder["released"].string
        let hold = #"{"fault": "latency", \#(selectors), "reply": \#(round.isDone), "until": "\#(released)"}"#
        return [hold, #"{"fault": "\#(round.isDone ? "lost-reply" : "reset-before-body")", \#(selectors)}"#]
    }

    /// - Parameter firstRule: the place of the round's rules among those of the proxy.
    /// - Returns: whether the kill has met the request.
    func go(firstRule: Int) async throws -> Bool {
        let release = "v\(round.releases + 1)"
        let server = proxy == BucketJobs.cloudFront.proxy ? BucketJobs.cloudFront : BucketJobs.s3
        let process = try start(
            release, fails: round.fails, on: try machine("killed", takesLease: round.takesLease),
            Self.shortLease.merging([server.variable: aws.bed.url(server.proxy)]) { $1 })
        do {
            try await waitUntil { try await hasMet(firstRule) }
        } catch {
            process.signal(9)
            Issue.record("\(round) has not met its request: \(try await process.end().error)")
            return false
        }
        process.signal(9)
        let killed = try await process.end()
        try project.folder.write("", to: "released")
        #expect(killed.code == 137, "\(round): \(killed.error)")
        try FileManager.default.removeItem(atPath: project.folder["killed"].string)
        #expect(try await live() == round.liveAtKill, "\(round)")
        // The edge has it in its cache from now on.
        _ = try await page()
        let said = try await follow()
        #expect(said.code == round.code, "\(round): \(said.error)")
        try await expectGood(round.live, "\(round): \(said.error)")
        // The next deploy finds nothing that anybody must still do.
        let next = try await start("v9", on: try machine("next")).end()
        #expect(next.code == 0 && !next.error.contains("did not end"), "\(round): \(next.error)")
        #expect(next.error.contains("has no end") == !round.takesLease, "\(round): \(next.error)")
        #expect(!next.error.contains("the journal of"), "\(round): \(next.error)")
        try await expectGood("v9", "\(round): \(next.error)")
        struct Record: Decodable { var state: String }
        let lease = try #require(try await store.read(.lease))
        #expect(try JSONDecoder().decode(Record.self, from: Data(lease)).state == "free", "\(round): \(next.error)")
        return killed.code == 137
    }

    private func hasMet(_ rule: Int) async throws -> Bool {
        guard try await aws.met(proxy, rule: rule) >= round.number else { return false }
        guard round.isDone else { return true }
        let path = try Regex(filled(round.path))
        let done = try await aws.log(proxy).filter { $0.method == round.method && $0.target.contains(path) }
        return done.count >= round.number
    }

    private func follow() async throws -> RunnerProcess.Ending {
        switch round.way {
        case .recover:
            _ = try machine("new")
            return try await project.start("recover", "--store", url, environment: aws.bed.environment, in: "new").end()
        case .deploy(let release, let fails):
            return try await start(release, fails: fails, on: try machine("new")).end()
        }
    }

    private func live() async throws -> String {
        try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
            .replacing("/\(prefix)/releases/", with: "")
    }

    private func page() async throws -> String {
        let port = aws.bed.url("SITE_URL").split(separator: ":").last ?? ""
        let response = try await aws.transport.send(HTTPRequest(.get, try HTTPURL("http://\(host):\(port)/")))
        return String(decoding: response.body, as: UTF8.self)
    }

    private func expectGood(_ release: String, _ said: String) async throws {
        #expect(try await live() == release, "\(said)")
        #expect(try await page() == "<html>\(release)</html>\n", "\(said)")
        let version = try ReleaseVersion(release)
        let manifest = try #require(try await store.manifest(of: version, in: project.folder.path), "\(said)")
        let check = try await store.check(version, against: manifest, nil, .full, in: project.folder.path)
        #expect(check.isComplete, "\(check.text) \(said)")
        let journals = BucketJournals(aws.s3, prefix: prefix, clock: SystemClock())
        // One without a record is of a run that has changed nothing.
        let open = try await journals.pieces().filter { !$0.value.contains(.done) && $0.value.contains(.record(1)) }
        #expect(open.isEmpty == round.takesLease, "\(said)")
    }

    /// A run that ends with 3, and another one after it on another machine.
    ///
    /// - Returns: whether the first one's journal is marked as done.
    func leaveToAPerson() async throws -> Bool {
        let fails = #"  - { uses: exec, with: { command: ["false"] } }"#
        let left = try await start("v1", on: try machine("first", then: fails)).end()
        #expect(left.code == 3, "\(left.error)")
        let journals = BucketJournals(aws.s3, prefix: prefix, clock: SystemClock())
        let run = try #require(try await journals.pieces().keys.first)
        let next = try await start("v2", on: try machine("next")).end()
        #expect(next.code == 0, "\(next.error)")
        return try await journals.pieces()[run]?.contains(.done) ?? true
    }
}

extension S3RunFaultTests {
    @Suite struct LostMachineTests {
        @Test func aRunIsKilledAtTheStore() async throws {
            try await LostMachine.kill(
                [
                    LostMachine(
                        name: "before the switch", method: "PUT", path: "/PREFIX/releases/v2/text", liveAtKill: "v1",
                        way: .recover, code: 1, live: "v1"),
                    // Of these there is a journal that tells less than it might.
                    LostMachine(
                        name: "before the journal's first record", method: "PUT",
                        path: "/PREFIX/.runner/runs/[^/]+/pipeline.yml$", isDone: true, liveAtKill: "v1",
                        way: .recover, code: 0, live: "v1"),
                    LostMachine(
                        name: "before the journal tells the lease", method: "PUT",
                        path: "/PREFIX/.runner/runs/[^/]+/00000001.json$", isDone: true, liveAtKill: "v1",
                        way: .deploy("v2"), code: 0, live: "v2"),
                    LostMachine(
                        name: "with a journal that tells of no lease, because there is none", method: "PUT",
                        path: "/PREFIX/.runner/runs/[^/]+/00000001.json$", isDone: true, takesLease: false,
                        liveAtKill: "v1", way: .deploy("v2"), code: 0, live: "v2"),
                    LostMachine(
                        name: "between the journal's end and its mark", method: "PUT",
                        path: "/PREFIX/.runner/runs/[^/]+/done$", liveAtKill: "v2",
                        way: .deploy("v3"), code: 0, live: "v3"),
                    LostMachine(
                        name: "in prune", method: "DELETE", path: "/PREFIX/.runner/manifests/v1.jsonl$",
                        isDone: true, releases: 2, liveAtKill: "v3", way: .deploy("v3"), code: 0, live: "v3"),
                ], through: "CHAOS_S3_URL")
        }

        @Test func whatIsLeftToAPersonIsNotMarkedAsDone() async throws {
            try await LocalAWS.with { aws in
                let round = LostMachine(
                    name: "", method: "", path: "", liveAtKill: "", way: .recover, code: 0, live: "")
                let site = try await LostMachineSite(round, aws, through: "CHAOS_S3_URL")
                #expect(try await site.leaveToAPerson() == false)
            }
        }
    }
}

extension CloudFrontFaultTests {
    @Suite struct LostMachineTests {
        private static let config = "/DISTRIBUTION/config$"

        @Test func aRunIsKilledAtTheDistribution() async throws {
            try await LostMachine.kill(
                [
                    LostMachine(
                        name: "before the pointer's write", method: "PUT", path: Self.config, liveAtKill: "v1",
                        way: .deploy("v3"), code: 0, live: "v3"),
                    LostMachine(
                        name: "after the pointer's write", method: "PUT", path: Self.config, isDone: true,
                        liveAtKill: "v2", way: .deploy("v2", fails: true), code: 1, live: "v1"),
                    LostMachine(
                        name: "before the invalidation", method: "POST", path: "/DISTRIBUTION/invalidation$",
                        liveAtKill: "v2", way: .deploy("v2"), code: 0, live: "v2"),
                    LostMachine(
                        name: "in the rollback, before the pointer's write", method: "PUT", path: Self.config,
                        number: 2,
                        fails: true, liveAtKill: "v2", way: .recover, code: 1, live: "v1"),
                    LostMachine(
                        name: "in the rollback, after the pointer's write", method: "PUT", path: Self.config, number: 2,
                        isDone: true, fails: true, liveAtKill: "v1", way: .deploy("v3"), code: 0, live: "v3"),
                ], through: "CHAOS_CLOUDFRONT_URL")
        }
    }
}
