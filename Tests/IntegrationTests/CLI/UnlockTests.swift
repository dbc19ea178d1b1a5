import AWS
import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import TestSupport
import Testing

/// `runner unlock`, as its user sees it.
@Suite struct UnlockTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
    }

    private func writeDeploy(_ store: String) throws {
        try project.folder.write(
            """
            version: 1
            name: deploy
            steps:
              - uses: exec
                rollback: false
                with: { run: "touch waiting; while test ! -e go; do sleep 0.05; done" }
              - { uses: prune, with: { store: "\(store)" }, rollback: false }

            """, to: "deploy.yml")
    }

    @Test func theLeaseOfAFolderGoesAwayWithItsProcess() async throws {
        try project.folder.write("", to: "store/releases/v1/index.html")
        let nobody = try await project.runner("unlock", "store")
        #expect(nobody.code == 0 && nobody.error == "nobody holds the lease of file://~/store\n")
        try writeDeploy("store")
        let process = try project.start("run", "deploy.yml")
        try await project.waitFor("waiting")
        let said = try await project.runner("unlock", "store", "--yes")
        #expect(said.code == 1)
        #expect(
            said.error.replacing(#/`kill \d+`/#, with: "`kill PID`") == """
                error: file://~/store is in use by run RUN of pipeline deploy (process PID on HOST, since DATE)
                  help: the lease of a folder is a lock that goes away with its process, however that ends; to end it, type \
                `kill PID`

                """)
        // What it tells works.
        let kill = try #require(said.raw.error.firstMatch(of: #/`(kill \d+)`/#)).1
        _ = try await project.typeWell(String(kill))
        #expect(try await process.end().code == 143)
        #expect(try await project.runner("unlock", "store").code == 0)
    }

    @Test func theLeaseOfABucketIsTakenAway() async throws {
        try await LocalAWS.with { aws in
            let prefix = String(LocalAWS.prefix("unlock").dropLast())
            let store = "s3://\(aws.s3.bucket)/\(prefix)"
            func unlock(_ arguments: String...) async throws -> Said {
                try await project.runner(["unlock", store] + arguments, environment: aws.bed.environment)
            }
            let nobody = try await unlock()
            #expect(nobody.code == 0 && nobody.error == "nobody holds the lease of \(store)\n")
            try writeDeploy(store)
            let job = [
                "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/site",
                "GITHUB_RUN_ID": "7",
            ]
            let process = try project.start("run", "deploy.yml", environment: aws.bed.environment.merging(job) { $1 })
            try await project.waitFor("waiting")
            let unasked = try await unlock()
            #expect(unasked.code == 64 && unasked.error.contains("type it again with `--yes`"), "\(unasked.error)")
            let said = try await unlock("--yes", "--json")
            #expect(said.code == 0, "\(said.error)")
            #expect(
                said.output.contains(#""state":"broken""#)
                    && said.output.contains("https://github.com/acme/site/actions/runs/7"))
            let again = try await unlock()
            #expect(again.code == 0 && again.error.contains("broken"), "\(again.error)")
            try project.folder.write("", to: "go")
            let ended = try await process.end()
            // `prune` finds nothing to delete, and so asks for nothing: the lease is not given back over the broken one.
            #expect([0, 1].contains(ended.code), "\(ended.error)")
            let record = try #require(
                try await BucketStore(aws.s3, prefix: prefix, clock: SystemClock()).read(.lease))
            #expect(String(decoding: record, as: UTF8.self).contains(#""state":"broken""#))
        }
    }

    @Test(arguments: [(["no-store"], "there is no store at ~/no-store"), (["https://x"], "has the scheme `https:`")])
    func wrongStoresAreTold(_ arguments: [String], _ text: String) async throws {
        let said = try await project.runner(["unlock"] + arguments)
        #expect(said.code == 64 && said.error.contains(text), "\(said.error)")
    }
}
