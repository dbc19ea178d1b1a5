import AWS
import FoundationEssentials
import Glibc
import HTTP
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// The first deploy over a site that another tool has put there: however it is taken back, that site is there again.
@Suite struct FirstDeployTests {
    /// How a deploy comes to be taken back.
    enum Way: String, CaseIterable, Sendable {
        case failure, signal, rollback, recover
    }

    static let links = ["releases/20240101120000", "ROOT/releases/20240101120000", "../old-site", "ROOT/../old-site"]

    @Test(arguments: links, Way.allCases) func aLinkIsPutBack(link: String, way: Way) async throws {
        let project = try CommandProject()
        try project.folder.write("<html>old</html>\n", to: "store/releases/20240101120000/index.html")
        try project.folder.write("<html>old</html>\n", to: "old-site/index.html")
        symlink("../../shared/log", project.folder["store/releases/20240101120000/log"].string)
        let text = link.replacing("ROOT", with: project.folder["store"].string)
        try project.point("store/current", at: text)
        let deploys = TakenBack(project: project, store: "store", environment: [:])
        try await deploys.deploy(way) {
            let link = project.readLink("store/current")
            #expect(link == "releases/v1")
        }
        #expect(project.readLink("store/current") == text)
        #expect(try project.text("store/current/index.html") == "<html>old</html>\n")
        #expect(!project.exists("store/releases/v1"))
        // Nothing is left that would disturb the next one.
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
        #expect(try await deploys.deployWell().code == 0)
        #expect(project.readLink("store/current") == "releases/v1")
    }

    @Test(arguments: ["/PREFIX/releases/v0.9.0", "/old"], Way.allCases)
    func anOriginPathIsPutBack(path: String, way: Way) async throws {
        try await DistributionFixture.with(path: path) { site in
            try await site.files(of: ReleaseVersion("v0.9.0"))
            let deploys = TakenBack(
                project: try CommandProject(),
                store: "s3://\(site.aws.s3.bucket)/\(site.prefix), distribution: \(site.distribution)",
                environment: site.aws.bed.environment)
            try await deploys.deploy(way) {
                let live = try await site.path()
                #expect(live == "/releases/v1")
            }
            #expect(try await site.path() == path.replacing("/PREFIX", with: ""))
            #expect(try await site.store.hasFiles(of: ReleaseVersion("v0.9.0")))
            let isLeft = try await site.store.hasFiles(of: ReleaseVersion("v1"))
            #expect(!isLeft)
            #expect(try await deploys.deployWell().code == 0)
            #expect(try await site.path() == "/releases/v1")
        }
    }
}

/// Something that is not a link is there before the first deploy.
@Suite struct FirstFolderTests {
    /// The advice is followed word for word, and the site stays available all the time.
    @Test func theAdviceForARealFolderWorks() async throws {
        let project = try CommandProject()
        try project.folder.write("<html>old</html>\n", to: "store/current/index.html")
        let deploys = TakenBack(project: project, store: "store", environment: [:])
        let refused = try await deploys.deployWell()
        #expect(refused.code == 1 && refused.error.contains("~/store/current is a real folder, and must be"))
        let match = try #require(refused.raw.error.firstMatch(of: /make a release of it: `([^`]+)`/))
        let advice = String(match.output.1)
        #expect(refused.raw.error.contains("set `current: current-link`"))
        try await NginxServer.run(in: project.folder.path, root: project.folder["store/current"]) { server in
            try await project.typeWell(advice)
            let page = try await project.get(server.url())
            #expect(page == "<html>old</html>\n")
        }
        let byLink = TakenBack(project: project, store: "store, current: current-link", environment: [:])
        try await NginxServer.run(in: project.folder.path, root: project.folder["store/current-link"]) { server in
            let url = server.url()
            let first = try await project.get(url)
            try await byLink.deploy(.failure) {
                let link = project.readLink("store/current-link")
                #expect(link == "releases/v1")
            }
            #expect(project.readLink("store/current-link") == "releases/before")
            let second = try await project.get(url)
            #expect(first == "<html>old</html>\n" && second == first)
            let deployed = try await byLink.deployWell()
            let third = try await project.get(url)
            #expect(deployed.code == 0 && third == "<html>new</html>\n")
        }
    }

    @Test(arguments: ["file", "empty"]) func theAdviceForWhatServesNobodyWorks(what: String) async throws {
        let project = try CommandProject()
        if what == "file" {
            try project.folder.write("mine", to: "my store/current")
        } else {
            try project.folder.write("", to: "my store/current/.keep")
            unlink(project.folder["my store/current/.keep"].string)
        }
        let deploys = TakenBack(project: project, store: "my store", environment: [:])
        let refused = try await deploys.deployWell()
        let match = try #require(refused.raw.error.firstMatch(of: /\(`([^`]+)`\) and run again/))
        try await project.typeWell(String(match.output.1))
        #expect(try await deploys.deployWell().code == 0)
        #expect(project.readLink("my store/current") == "releases/v1")
        #expect(project.exists("my store/current.before") == (what == "file"))
    }
}

extension CommandProject {
    fileprivate func get(_ url: String) async throws -> String {
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        let response = try await transport.send(HTTPRequest(.get, try HTTPURL(url)))
        await transport.shutdown()
        return response.status == 200 ? String(decoding: response.body, as: UTF8.self) : "status \(response.status)"
    }
}

/// A deploy of v1 whose last step looks at what is live, and that is then taken back.
private struct TakenBack {
    let project: CommandProject
    /// The value of `store`, and further options after it.
    let store: String
    let environment: [String: String]

    private func write(_ last: String) throws {
        try project.folder.write("<html>new</html>\n", to: "site/index.html")
        try project.folder.write(
            """
            version: 1
            name: deploy
            with: { store: \(store) }
            steps:
              - { uses: hash, with: { source: site } }
              - { uses: sync, with: { version: v1 } }
              - { uses: switch-origin }
            \(last)

            """, to: "deploy.yml")
    }

    func deployWell() async throws -> Said {
        try write("")
        return try await project.runner("run", "deploy.yml", environment: environment)
    }

    func deploy(_ way: FirstDeployTests.Way, whileLive: () async throws -> Void) async throws {
        let waits = "touch waiting; while ! test -e go; do sleep 0.05; done"
        switch way {
        case .failure:
            try write("  - { uses: exec, with: { run: \"\(waits); exit 1\" }, rollback: false }")
        case .signal:
            try write("  - { uses: exec, with: { run: \"exec sh -c '\(waits)'\" }, rollback: false }")
        case .rollback:
            #expect(try await deployWell().code == 0)
            try await whileLive()
            let said = try await project.runner("rollback", environment: environment)
            #expect(said.code == 0, "\(said.error)")
            return
        case .recover:
            // Killed while it rolls back, before it has reached the switch.
            let back = "rollback: { steps: [{ uses: exec, with: { run: \"\(waits)\" } }] }"
            try write("  - { uses: exec, with: { run: exit 1 }, \(back) }")
        }
        let process = try project.start("run", "deploy.yml", environment: environment)
        try await project.waitFor("waiting")
        try await whileLive()
        switch way {
        case .signal: process.signal(SIGTERM)
        case .recover: process.signal(SIGKILL)
        default: break
        }
        // A shell that is left ends by itself.
        if way != .signal { try project.folder.write("", to: "go") }
        let said = try await project.said(by: process)
        #expect(said.code == [.signal: 143, .recover: 137][way] ?? 1, "\(said.error)")
        if way == .recover {
            try await whileLive()
            let recovery = try await project.runner("recover", environment: environment)
            #expect(recovery.code == 1, "\(recovery.error)")
        } else {
            #expect(said.error.contains("everything that it had changed is restored"), "\(said.error)")
        }
    }
}
