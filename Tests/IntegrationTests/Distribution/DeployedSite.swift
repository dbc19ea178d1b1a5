import AWS
import FoundationEssentials
import HTTP
import PipelineKit
import SystemPackage
import TestSupport

/// A git checkout with a site and the files under `pipelines/`, a store and a distribution of its own.
struct DeployedSite: Sendable {
    let aws: LocalAWS
    let project: CommandProject
    let prefix: String
    let distribution: String
    let environment: [String: String]
    let host: String

    static let pages = 300

    /// - Parameter servers: the variable with the endpoint of S3 and that of CloudFront.
    static func with<Result>(
        s3: String = "AWS_ENDPOINT_URL_S3", cloudFront: String = "AWS_ENDPOINT_URL_CLOUDFRONT",
        _ body: (DeployedSite) async throws -> Result
    ) async throws -> Result {
        try await LocalAWS.with(s3: s3, cloudFront: cloudFront) { aws in
            let token = RandomSource.system.hexadecimal(digits: 8)
            // Every name below `localhost` is this machine, and the edges tell sites apart by it.
            let host = "site-\(token).localhost"
            let distribution = try await aws.makeDistribution(path: "/old", alias: host, change: Self.richer)
            let site = DeployedSite(
                aws: aws, project: try CommandProject(), prefix: "deploy-\(token)", distribution: distribution,
                environment: aws.bed.environment.merging([
                    "AWS_ENDPOINT_URL_S3": aws.bed.url(s3), "AWS_ENDPOINT_URL_CLOUDFRONT": aws.bed.url(cloudFront),
                ]) { $1 }, host: host)
            try await site.begin()
            return try await body(site)
        }
    }

    /// More origins than one, a group of them, and what no version of this product knows.
    private static func richer(_ config: String) -> String {
        let group = """
            <OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>both</Id><FailoverCriteria><StatusCodes>
              <Quantity>1</Quantity><Items><StatusCode>503</StatusCode></Items></StatusCodes></FailoverCriteria><Members>
              <Quantity>2</Quantity><Items><OriginGroupMember><OriginId>site</OriginId></OriginGroupMember>
              <OriginGroupMember><OriginId>api</OriginId></OriginGroupMember></Items></Members></OriginGroup></Items></OriginGroups>
            """
        return config.replacing("</Origins>", with: "</Origins>\n \t\(group)\r\n")
            .replacing("<FutureElement a=\"1\">", with: "<FutureElement a=\"1\" b='&lt;'>\n  text ]]&gt; \u{a0}")
    }

    private func begin() async throws {
        let top = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
        for name in ["deploy.yml", "deploy-full.yml", "rollback.yml", "preview.yml"] {
            let bytes = try DurableFile.read(top.appending("pipelines").appending(name))
            try project.folder.write(bytes, to: name)
        }
        try await git("init", "-q")
    }

    func git(_ arguments: String...) async throws {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        let command = Command(
            "git", identity + arguments, environment: project.environment, directory: project.folder.path)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { _ in }
        guard status.isSuccess else { throw StepError("no-git", "git \(arguments) failed") }
    }

    /// Writes the whole site, in which only some pages are the release's own, and tags it.
    ///
    /// - Parameter changed: how many.
    func write(_ release: String, changed: Int) async throws {
        let filler = (1...40).map { "<p>paragraph \($0) of many</p>\n" }.joined()
        for number in 0..<Self.pages {
            let text = number < changed ? release : "any"
            try project.folder.write(
                "<html><body>page \(number) of \(text)\n\(filler)</body></html>\n", to: "public/pages/\(number).html")
        }
        try project.folder.write("<html><body>front page of \(release)</body></html>\n", to: "public/index.html")
        try project.folder.write("p { color: red }\n", to: "public/assets/a b+c%20é.css")
        let length = release == "v1" ? 1 : 9
        try project.folder.write(
            String(repeating: "// \(release)\n", count: length), to: "public/assets/same-name.js")
        try project.folder.write("", to: "public/日本語/empty.txt")
        try? FileManager.default.removeItem(atPath: project.folder["public/assets/app.v1.js"].string)
        try project.folder.write("let release = '\(release)'\n", to: "public/assets/app.\(release).js")
        try await git("add", "-A")
        try await git("commit", "-q", "-m", release)
        try await git("tag", release)
    }

    func run(_ file: String, _ arguments: String..., command: String = "run") async throws -> Said {
        try await project.runner([command, file] + arguments, environment: environment.merging(inputs) { $1 })
    }

    /// Deploys v1, and then v2 with the URL of another distribution, which stays at v1.
    ///
    /// - Returns: what the second deploy said, and that URL.
    func deployPastVisitors() async throws -> (said: Said, url: String) {
        try await write("v1", changed: 0)
        let first = try await run("deploy.yml")
        guard first.code == 0 else { throw StepError("not-deployed", first.error) }
        let other = "other-\(host)"
        _ = try await aws.makeDistribution(path: "/\(prefix)/releases/v1", alias: other)
        try await write("v2", changed: 1)
        let url = url().replacing(host, with: other)
        return (try await run("deploy.yml", "-i", "url=\(url)"), url)
    }

    func start(_ file: String) throws -> RunnerProcess {
        try project.start("run", "-v", file, environment: environment.merging(inputs) { $1 })
    }

    private var inputs: [String: String] {
        [
            "SITE_BUCKET": aws.s3.bucket, "SITE_PREFIX": prefix, "SITE_DISTRIBUTION": distribution, "SITE_URL": url(),
        ]
    }

    func runner(_ arguments: String...) async throws -> Said {
        try await project.runner(arguments, environment: environment)
    }

    func url(_ path: String = "") -> String {
        "http://\(host):\(aws.bed.url("SITE_URL").split(separator: ":").last ?? "")/\(path)"
    }

    /// What a visitor gets.
    func page(_ path: String) async throws -> String {
        let response = try await aws.transport.send(HTTPRequest(.get, try HTTPURL(url(path)), decompresses: true))
        return response.status == 200 ? String(decoding: response.body, as: UTF8.self) : "status \(response.status)"
    }

    func path() async throws -> String {
        let path = try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
        return path.replacing("/\(prefix)", with: "")
    }

    var outside: Outside {
        Outside(environment: environment.merging(["PATH": "/usr/bin:/bin", "HOME": project.folder.path.string]) { $1 })
    }

    /// Saves the distribution's configuration as CloudFront sends it.
    func saveConfig(_ name: String) async throws -> String {
        let file = project.folder[name].string
        _ = try await outside("config", distribution, file)
        return file
    }

    /// The differences between the release and the files in `public`.
    func differences(_ release: String) async throws -> [String] {
        try await outside("files", aws.s3.bucket, "\(prefix)/releases/\(release)/", project.folder["public"].string)
    }

    /// The objects of the releases, without those that one has from another for pages that are open.
    func listingWithoutOverlap() async throws -> [String] {
        try await listing("releases/").filter { line in
            guard let script = line.firstMatch(of: #/releases/(.+?)/assets/app\.(.+?)\.js/#) else { return true }
            return script.1 == script.2
        }
    }

    func listing(_ below: String = "") async throws -> [String] {
        try await outside("listing", aws.s3.bucket, "\(prefix)/\(below)")
    }
}
