import AWS
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Runners of different folders that want the lease of one store at the same time. Who does not get it within a moment gives up, so
/// that a round is short.
private struct LeaseRace: Sendable {
    /// One round.
    struct Round: Sendable {
        /// How many have held the lease.
        var holders: Int
        /// How many have found it held.
        var losers: Int
        /// How many have held it while another one did.
        var doubles: Int
    }

    let project: CommandProject
    let count: Int

    /// - Parameter store: its URL, or its path as seen from a runner's folder.
    init(_ count: Int, store: String) throws {
        self.count = count
        project = try CommandProject()
        for number in 0..<count {
            try project.folder.write(
                """
                version: 1
                name: deploy
                concurrency: { wait: 300ms }
                steps:
                  - { uses: exec, with: { run: "echo begin >> $ORDER" }, env: { ORDER: "\(order)" }, rollback: false }
                  - { uses: prune, with: { store: "\(store)" }, rollback: false }
                  - { uses: exec, with: { run: "sleep 0.1; echo end >> $ORDER" }, env: { ORDER: "\(order)" }, rollback: false }

                """, to: "runner-\(number)/deploy.yml")
        }
    }

    /// What holders write in the order in which the kernel sees them.
    private var order: String { project.folder["order"].string }

    /// - Parameter environment: of each runner.
    func play(_ environment: (Int) -> [String: String]) async throws -> Round {
        try project.folder.write("", to: "order")
        var processes: [RunnerProcess] = []
        for number in 0..<count {
            processes.append(
                try project.start("run", "deploy.yml", environment: environment(number), in: "runner-\(number)"))
        }
        var endings: [RunnerProcess.Ending] = []
        for process in processes { endings.append(try await process.end()) }
        #expect(endings.allSatisfy { [0, 75].contains($0.code) }, "\(endings.map(\.error))")
        let lines = try project.text("order").split(separator: "\n")
        let holders = endings.count { $0.code == 0 }
        #expect(lines.count == 2 * holders, "\(lines)")
        let doubles = zip(lines, lines.indices).count { line, place in line != (place % 2 == 0 ? "begin" : "end") }
        let losers = endings.count { $0.code == 75 || $0.error.contains("waiting for ") }
        return Round(holders: holders, losers: losers, doubles: doubles)
    }
}

/// What came of the rounds of one race.
private struct RaceTally {
    let name: String
    let count: Int
    private let began = ContinuousClock.now
    private var tried = 0
    private var counted = 0
    private var holders = 0
    private var doubles = 0

    init(_ name: String, _ count: Int) { (self.name, self.count) = (name, count) }

    /// - Parameter more: holdings that another witness has seen at the same time as others.
    mutating func add(_ round: LeaseRace.Round, doubles more: Int = 0) {
        tried += 1
        if round.holders > 0 && round.losers > 0 { counted += 1 }
        holders += round.holders
        doubles += round.doubles + more
    }

    func report() {
        Soak.report(
            "\(count) runners at once, \(name)",
            "\(counted) of \(tried) rounds counted, in which one held the lease while another one wanted it; "
                + "\(holders) holders, \(doubles) double holders, in \(began.duration(to: .now).text)")
        #expect(counted * 10 >= tried * 8)
        #expect(doubles == 0)
    }
}

/// The kernel's lock decides.
@Suite struct LeaseRaceSoakTests {
    @Test(arguments: [2, 50]) func runnersOfOtherFoldersOnOneFolder(_ count: Int) async throws {
        let race = try LeaseRace(count, store: "../store")
        try DurableFile.makeFolder(race.project.folder["store"])
        var tally = RaceTally("a folder", count)
        for _ in 0..<Soak.rounds(1, soak: 100) {
            let round = try await race.play { _ in [:] }
            tally.add(round)
        }
        tally.report()
    }
}

extension S3RunFaultTests {
    /// The server decides, and its log is a second witness.
    @Suite struct LeaseRaceSoakTests {
        @Test(arguments: [2, 50]) func runnersOfOtherFoldersOnOneBucket(_ count: Int) async throws {
            try await LocalAWS.with { aws in
                let race = try LeaseRace(count, store: "s3://\(aws.s3.bucket)/\(LocalAWS.prefix("race").dropLast())")
                var tally = RaceTally("a bucket", count)
                for _ in 0..<Soak.rounds(1, soak: 100) {
                    try await aws.hurt("CHAOS_S3_URL", logs: true)
                    let round = try await race.play { number in
                        let url = aws.bed.url("CHAOS_S3_URL").replacing("127.0.0.1", with: "r\(number).localhost")
                        return aws.bed.environment.merging(["AWS_ENDPOINT_URL_S3": url]) { $1 }
                    }
                    let holdings = LeaseHold.of(try await aws.log("CHAOS_S3_URL"))
                    #expect(holdings.count == round.holders, "\(holdings)")
                    tally.add(round, doubles: LeaseHold.overlaps(holdings).count)
                }
                try await aws.hurt("CHAOS_S3_URL")
                tally.report()
            }
        }
    }
}

/// The time in which one runner has held a bucket's lease, by the log of the proxy in front of the server: from the end of the write
/// that took it to the beginning of the write that gave it back.
struct LeaseHold: Sendable {
    /// What the runner calls the proxy by.
    var host: String
    var begin: Double
    var end: Double

    /// One for each runner, the earliest first.
    static func of(_ log: [LocalAWS.LoggedRequest]) -> [LeaseHold] {
        let writes = log.filter {
            $0.method == "PUT" && $0.target.hasSuffix("/.runner/lease.json") && $0.status == 200
        }
        return Dictionary(grouping: writes, by: \.host).map { host, writes in
            LeaseHold(host: host, begin: writes.map(\.end).min() ?? 0, end: writes.map(\.begin).max() ?? 0)
        }.sorted { $0.begin < $1.begin }
    }

    /// Those that had not ended when the next one began.
    static func overlaps(_ holdings: [LeaseHold]) -> [LeaseHold] {
        zip(holdings, holdings.dropFirst()).filter { $0.end > $1.begin }.map(\.0)
    }
}
