import AWS
import FoundationEssentials
import PipelineKit
import TestSupport
import Testing

extension S3RunFaultTests {
    /// Runners of different folders, which see nothing of each other but the bucket.
    @Suite struct LeaseRaceTests {
        private let project: CommandProject

        init() throws {
            project = try CommandProject()
        }

        private func writePipeline(_ store: String, in folder: String) throws {
            try project.folder.write(
                """
                version: 1
                name: deploy
                concurrency: { wait: 30m }
                steps:
                  - { uses: prune, with: { store: "\(store)" }, rollback: false }
                  - { uses: exec, with: { run: "sleep 0.1" }, rollback: false }

                """, to: "\(folder)/deploy.yml")
        }

        /// - Parameter endpoint: of the server, for each runner.
        private func race(
            _ count: Int, _ aws: LocalAWS, _ endpoint: (Int) -> String
        ) async throws -> [RunnerProcess.Ending] {
            let store = "s3://\(aws.s3.bucket)/\(LocalAWS.prefix("race").dropLast())"
            var processes: [RunnerProcess] = []
            for number in 0..<count {
                try writePipeline(store, in: "runner-\(number)")
                let environment = aws.bed.environment.merging(["AWS_ENDPOINT_URL_S3": endpoint(number)]) { $1 }
                processes.append(
                    try project.start("run", "deploy.yml", environment: environment, in: "runner-\(number)"))
            }
            var endings: [RunnerProcess.Ending] = []
            for process in processes { endings.append(try await process.end()) }
            return endings
        }

        @Test(arguments: [2, 20]) func runnersOfOtherFoldersTakeTurns(_ count: Int) async throws {
            try await LocalAWS.with { aws in
                try await aws.hurt("CHAOS_S3_URL", logs: true)
                // The proxy tells them apart by the name that each calls it by.
                let endings = try await race(count, aws) {
                    aws.bed.url("CHAOS_S3_URL").replacing("127.0.0.1", with: "r\($0).localhost")
                }
                let log = try await aws.log("CHAOS_S3_URL")
                try await aws.hurt("CHAOS_S3_URL")
                judge(endings, log)
            }
        }

        private func judge(_ endings: [RunnerProcess.Ending], _ log: [LocalAWS.LoggedRequest]) {
            #expect(endings.allSatisfy { $0.code == 0 }, "\(endings.map(\.error))")
            let holdings = LeaseHold.of(log)
            // Each has had it, and most of them have had to wait.
            #expect(holdings.count == endings.count && holdings.allSatisfy { $0.begin < $0.end })
            let waiting = endings.count { $0.error.contains("waiting for s3://") }
            #expect(waiting > 0)
            let doubles = LeaseHold.overlaps(holdings)
            #expect(doubles.isEmpty, "\(doubles)")
            Soak.report(
                "runners of other folders want one bucket",
                "\(endings.count) runners, \(waiting) had to wait, \(doubles.count) double holders")
        }

        /// moto is another server, with conditions of its own making.
        @Test func alsoOnAnotherServer() async throws {
            try await LocalAWS.with(s3: "MOTO_URL") { aws in
                try await aws.makeBucket()
                let endings = try await race(4, aws) { _ in aws.bed.url("MOTO_URL") }
                #expect(endings.allSatisfy { $0.code == 0 }, "\(endings.map(\.error))")
                #expect(endings.contains { $0.error.contains("waiting for s3://") })
            }
        }
    }
}
