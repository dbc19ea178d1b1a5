import AWS
import PipelineKit
import Releases
import TestSupport
import Testing

/// Whole deploys into a prefix and to a distribution of their own, behind the proxies of runs. The proxies know them by the
/// host that they call.
struct ProxiedDeploys: Sendable {
    static let s3 = "CHAOS_S3_URL"
    static let cloudFront = "CHAOS_CLOUDFRONT_URL"

    let aws: LocalAWS
    let project: CommandProject
    let prefix: String
    let distribution: String
    let host: String

    init(_ aws: LocalAWS) async throws {
        self.aws = aws
        project = try CommandProject()
        prefix = String(LocalAWS.prefix("proxied").dropLast())
        host = "\(prefix).localhost"
        distribution = try await aws.makeDistribution(path: "/old", alias: host)
        let shared = "store: \"s3://\(aws.s3.bucket)/\(prefix)\", distribution: \(distribution)"
        let text = CommandProject.wholeDeploy(of: "sites/${{ inputs.release }}", with: shared)
        try project.folder.write(text, to: "deploy.yml")
    }

    /// Starts a deploy of a release of its own.
    ///
    /// - Parameter variables: more of them.
    func deploy(_ release: String, _ variables: [String: String] = [:]) async throws -> Said {
        let pages = [
            "index.html": "<html>\(release)</html>\n", "assets/same.txt": "in every release\n",
            "about/index.html": String(repeating: "<p>all about \(release)</p>\n", count: 20),
        ]
        for (name, text) in pages { try project.folder.write(text, to: "sites/\(release)/\(name)") }
        var environment = aws.bed.environment.merging(variables) { $1 }
        for (variable, proxy) in [("AWS_ENDPOINT_URL_S3", Self.s3), ("AWS_ENDPOINT_URL_CLOUDFRONT", Self.cloudFront)] {
            environment[variable] = aws.bed.url(proxy).replacing("127.0.0.1", with: host)
        }
        return try await project.runner("run", "deploy.yml", "-i", "release=\(release)", environment: environment)
    }

    /// The release that the distribution reads; nil before the first one.
    func live() async throws -> String? {
        let path = try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
        let folder = "/\(prefix)/releases/"
        return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : nil
    }

    /// Expects a release to be live, and its objects to be as its manifest says.
    func expectLive(
        _ releases: [String], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let live = try #require(try await live(), "\(what)", sourceLocation: sourceLocation)
        #expect(releases.contains(live), "\(live) is live; \(what)", sourceLocation: sourceLocation)
        let store = BucketStore(aws.s3, prefix: prefix, clock: SystemClock())
        let version = try ReleaseVersion(live)
        let manifest = try #require(
            try await store.manifest(of: version, in: project.folder.path), "\(what)", sourceLocation: sourceLocation)
        let check = try await store.check(version, against: manifest, nil, .full, in: project.folder.path)
        #expect(check.isComplete, "\(check.text) \(what)", sourceLocation: sourceLocation)
        let entries = try Manifest.Reader(manifest)
        var keys: Set<String> = []
        while let entry = try entries.next() { keys.insert(entry.key) }
        #expect(
            keys == ["index.html", "assets/same.txt", "about/index.html"], "\(what)", sourceLocation: sourceLocation)
    }
}
