import AWS
import Digest
import ObjectStorage
import PipelineKit
import Releases
import TestSupport
import Testing

extension S3RunFaultTests {
    /// Two jobs of a CI system make the same version in one bucket at the same time, with other bytes of the same sizes. A round counts
    /// only if the server's log shows both of them writing at once.
    @Suite struct TwoJobsSoakTests {
        private struct Round {
            var number: Int
            /// The jobs' sites, and how the jobs ended.
            var sites: [[String: String]]
            var codes: [Int] = []
            var words: [String] = []
        }

        private struct Tally {
            var tried = 0
            var counted = 0
            var won = 0
            var wrong = 0
        }

        private let project: CommandProject

        init() throws {
            project = try CommandProject()
            for job in ["one", "two"] {
                try project.folder.write(
                    """
                    version: 1
                    name: deploy
                    # A lease would let one of them wait for the other.
                    concurrency: none
                    inputs:
                      store: { type: string }
                      release: { type: string }
                      source: { type: string }
                      fail: { type: boolean, default: false }
                    steps:
                      - { uses: hash, with: { source: "${{ inputs.source }}" } }
                      - { uses: sync, with: { store: "${{ inputs.store }}", version: "${{ inputs.release }}", concurrency: 4 } }
                      - { uses: exec, if: inputs.fail, with: { run: "exit 1" }, rollback: false }

                    """, to: "\(job)/deploy.yml")
            }
        }

        /// A site that has some files in common with the other job's, and other bytes of the same size in the rest.
        private func site(_ job: String, _ number: Int, files: Int) -> [String: String] {
            var site: [String: String] = [:]
            for file in 0..<files {
                let owner = file % 4 == 0 ? "all" : job
                let text = "file \(file) of \(owner), round \(number) "
                site["f\(file % 5)/\(file).html"] = text + String(repeating: owner, count: 40 * file)
            }
            return site
        }

        @Test func twoJobsNeverMakeAReleaseUnlikeItsManifest() async throws {
            let wanted = Soak.rounds(6, soak: 200)
            try await LocalAWS.with { aws in
                let prefix = LocalAWS.prefix("soak")
                var tally = Tally()
                while tally.counted < wanted, tally.tried < 15 * wanted {
                    tally.tried += 1
                    try await round(tally.tried, prefix, aws, &tally)
                }
                try await aws.hurt("CHAOS_S3_URL")
                Soak.report(
                    "two jobs make one version",
                    "\(tally.counted) of \(tally.tried) rounds counted, in which both were writing at once; "
                        + "\(tally.won) had a winner; \(tally.wrong) live releases differ from their manifest")
                #expect(tally.counted == wanted && tally.wrong == 0)
                #expect(tally.won > 0)
            }
        }

        private func round(_ number: Int, _ prefix: String, _ aws: LocalAWS, _ tally: inout Tally) async throws {
            var round = Round(
                number: number, sites: ["one", "two"].map { site($0, number, files: 24 + number % 3 * 12) })
            let path = "\(prefix)\(number)"
            let jobs = ["one", "two"]
            for (job, files) in zip(jobs, round.sites) {
                for (key, text) in files { try project.folder.write(text, to: "\(job)/site-\(number)/\(key)") }
            }
            let host = aws.bed.url("CHAOS_S3_URL")
            let hosts = [host, host.replacing("127.0.0.1", with: "localhost")]
            func start(_ job: Int, release: String, fails: Bool = false) throws -> RunnerProcess {
                try project.start(
                    "run", "deploy.yml", "-i", "store=s3://\(aws.s3.bucket)/\(path)", "-i", "release=\(release)", "-i",
                    "source=site-\(number)", "-i", "fail=\(fails)",
                    environment: aws.bed.environment.merging(["AWS_ENDPOINT_URL_S3": hosts[job]]) { $1 }, in: jobs[job])
            }
            // With a release before, files are copied; and a job that fails takes its release back.
            let hasPrevious = number % 3 == 0
            let fails = number % 4 == 0
            if hasPrevious { _ = try await start(number % 2, release: "v0").end() }
            try await aws.hurt(
                "CHAOS_S3_URL", seed: number, logs: true,
                // Long enough that both are still writing, and in another order each time.
                #"{"fault": "latency", "method": "PUT", "path": "/releases/v1/", "seconds": 0.06, "p": 0.8}"#,
                #"{"fault": "latency", "seconds": 0.03, "p": 0.2}"#)
            let (first, second) = number % 2 == 0 ? (0, 1) : (1, 0)
            let leader = try start(first, release: "v1", fails: fails)
            try await Task.sleep(for: .milliseconds(number * 37 % 160))
            let follower = try start(second, release: "v1")
            let ended = try await [(first, leader.end()), (second, follower.end())].sorted { $0.0 < $1.0 }.map(\.1)
            round.codes = ended.map(\.code)
            round.words = ended.map { $0.output + $0.error }
            guard bothWroteAtOnce(try await aws.log("CHAOS_S3_URL"), path) else { return }
            tally.counted += 1
            try await judge(round, aws, path, &tally)
        }

        /// True if the times in which the jobs stored files overlap.
        private func bothWroteAtOnce(_ log: [LocalAWS.LoggedRequest], _ path: String) -> Bool {
            let writes = log.filter {
                ["PUT", "POST"].contains($0.method) && $0.target.contains("\(path)/releases/v1/")
            }
            let spans = Dictionary(grouping: writes, by: \.host).values.map { writes in
                (begin: writes.map(\.begin).min() ?? 0, end: writes.map(\.end).max() ?? 0)
            }
            guard spans.count == 2 else { return false }
            return spans[0].begin < spans[1].end && spans[1].begin < spans[0].end
        }

        private func judge(
            _ round: Round, _ aws: LocalAWS, _ path: String, _ tally: inout Tally
        ) async throws {
            let store = BucketStore(aws.s3, prefix: path, clock: SystemClock())
            let said = "round \(round.number): \(round.codes) \(round.words.joined(separator: "\n"))"
            #expect(round.codes.allSatisfy { [0, 1].contains($0) }, "\(said)")
            let winners = round.codes.indices.filter { round.codes[$0] == 0 }
            #expect(winners.count <= 1, "\(said)")
            let v1 = try ReleaseVersion("v1")
            guard let manifest = try await store.manifest(of: v1, in: project.folder.path) else {
                #expect(winners.isEmpty, "\(said)")
                return
            }
            tally.won += 1
            let complete = try await store.check(v1, against: manifest, nil, .full, in: project.folder.path)
            let entries = try Manifest.Reader(manifest)
            var listed: [String: String] = [:]
            while let entry = try entries.next() { listed[entry.key] = entry.sha256 }
            let isWinners = winners.allSatisfy { winner in
                listed == round.sites[winner].mapValues { SHA256.hash($0.utf8).description }
            }
            if !complete.isComplete || !isWinners { tally.wrong += 1 }
            #expect(complete.isComplete && isWinners, "\(complete.text) \(said)")
        }
    }
}
