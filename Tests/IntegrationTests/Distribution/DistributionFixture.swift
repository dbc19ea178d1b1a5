import AWS
import Digest
import HTTP
import ObjectStorage
import PipelineKit
import Releases
import SwitchOriginStep
import TestSupport
import Testing

/// A store of the test's own in the bed's bucket, and a distribution that serves it.
struct DistributionFixture: Sendable {
    let aws: LocalAWS
    let folder: TemporaryFolder
    let prefix: String
    let distribution: String
    /// Asked for CloudFront by steps: the bed's own address, or that of its fault proxy.
    let endpoint: String

    /// - Parameters:
    ///   - path: the origin's at first; `PREFIX` stands for the store's.
    ///   - rules: what the proxy does to the calls of steps, which go through it unless this is nil.
    static func with<Result>(
        path: String = "/old", rules: [String]? = nil, change: (String) -> String = { $0 },
        _ body: (DistributionFixture) async throws -> Result
    ) async throws -> Result {
        try await LocalAWS.with { aws in
            let prefix = "switch-\(RandomSource.system.hexadecimal(digits: 8))"
            let fixture = DistributionFixture(
                aws: aws, folder: try TemporaryFolder(), prefix: prefix,
                distribution: try await aws.makeDistribution(
                    path: path.replacing("PREFIX", with: prefix), change: change),
                endpoint: aws.bed.url(rules == nil ? "AWS_ENDPOINT_URL_CLOUDFRONT" : "CHAOS_CLOUDFRONT_URL"))
            if rules != nil { try await fixture.hurt([]) }
            return try await body(fixture)
        }
    }

    /// A second origin that is where the first one is, and a group of both. Two more groups have a member that is none of
    /// a deploy's business: the API, and a page for bad times.
    static func addOriginGroup(to config: String) -> String {
        func member(_ id: String) -> String { "<OriginGroupMember><OriginId>\(id)</OriginId></OriginGroupMember>" }
        func group(_ id: String, _ members: String) -> String {
            "<OriginGroup><Id>\(id)</Id><FailoverCriteria><StatusCodes><Quantity>2</Quantity><Items>"
                + "<StatusCode>403</StatusCode><StatusCode>404</StatusCode></Items></StatusCodes></FailoverCriteria>"
                + "<Members><Quantity>2</Quantity><Items>\(members)</Items></Members></OriginGroup>"
        }
        func origin(_ id: String, _ path: String) -> String {
            "<Origin><Id>\(id)</Id><DomainName>site-bucket.s3.us-east-1.amazonaws.com</DomainName>"
                + "<OriginPath>\(path)</OriginPath><CustomHeaders><Quantity>0</Quantity></CustomHeaders>"
                + "<S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig></Origin>"
        }
        let more = origin("second", "/old") + origin("spare", "/maintenance")
        let groups =
            group("pair", member("site") + member("second")) + group("other", member("site") + member("api"))
            + group("sorry", member("site") + member("spare"))
        return config.replacing("<Origins><Quantity>2<", with: "<Origins><Quantity>4<").replacing(
            "</Origin></Items></Origins>",
            with: "</Origin>\(more)</Items></Origins><OriginGroups><Quantity>3</Quantity><Items>\(groups)</Items>"
                + "</OriginGroups>")
    }

    func hurt(_ rules: [String]) async throws {
        let plan = #"{"seed": 1, "rules": [\#(rules.joined(separator: ","))]}"#
        let url = try HTTPURL(aws.bed.url("CHAOS_CLOUDFRONT_URL")).with(target: "/__chaos")
        let response = try await aws.transport.send(HTTPRequest(.put, url, body: .bytes(Array(plan.utf8))))
        try #require(response.status == 200)
    }

    var store: BucketStore { BucketStore(aws.s3, prefix: prefix, clock: SystemClock()) }
    var pointer: Pointer { Pointer(distribution: distribution, origin: "site") }

    func context(run: String = "run-1", step: String = "switch", leases: Leases = .none) throws -> StepContext {
        try folder.write("", to: "\(run)/\(step)/.keep")
        let environment = aws.bed.environment.merging(["AWS_ENDPOINT_URL_CLOUDFRONT": endpoint]) { $1 }
        var context = StepContext.test(
            folder: folder["\(run)/\(step)"], project: folder.path, runID: run, stepID: step, environment: environment,
            clock: HastyClock(), leases: leases)
        context[HTTPKey.self] = aws.transport
        context[AWSClientsKey.self] = AWSClients()
        return context
    }

    /// A context whose lease is confirmed by `beforeWrite`, directly before the pointer is written.
    func context(run: String, beforeWrite: @escaping @Sendable () async throws -> Void) throws -> StepContext {
        try context(run: run, leases: Leases([store.resource: ConfirmedBy(body: beforeWrite)]))
    }

    private struct ConfirmedBy: Lease {
        let body: @Sendable () async throws -> Void
        func confirm() async throws { try await body() }
        func release() async {}
    }

    func switchOrigin(_ version: String, _ fields: [String: Value] = [:]) throws -> SwitchOrigin {
        let own: [String: Value] = [
            "store": .text("s3://\(aws.s3.bucket)/\(prefix)"), "version": .text(version),
            "distribution": .text(distribution),
        ]
        return SwitchOrigin(try .test(own.merging(fields) { $1 }))
    }

    /// A release as the gate sees it: its manifest is there, and something that visitors get.
    func release(_ versions: String...) async throws {
        for name in versions {
            let version = try ReleaseVersion(name)
            let header = ManifestHeader(
                version: version, commit: nil, createdAt: "2026-01-01T00:00:00Z", runID: "make-\(name)",
                origin: RunOrigin(person: nil, jobURL: nil), runnerVersion: "0")
            try folder.write("", to: "manifests/.keep")
            let file = folder["manifests/\(name).jsonl"]
            try Manifest.Writer(file, header).finish()
            try await files(of: version)
            try await store.put(file, as: .manifest(of: version))
        }
    }

    /// Files as another tool leaves them: no record names them.
    func files(of version: ReleaseVersion) async throws {
        let bytes = Array("<html>\(version)</html>".utf8)
        _ = try await aws.s3.putObject(
            store.prefix(of: version) + "index.html", .bytes(bytes), sha256: SHA256.hash(bytes),
            headers: ObjectHeaders())
    }

    func deploy(_ version: String, run: String) async throws {
        _ = try await perform(try switchOrigin(version, ["allow-older": true]), in: try context(run: run))
    }

    /// The path of the origin `site`, without the store's prefix if it is below it.
    func path() async throws -> String {
        let path = try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
        return path.replacing("/\(prefix)", with: "")
    }

    /// Sets the path, as somebody else would.
    func setPath(_ path: String) async throws {
        let now = try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
        let update = OriginPathUpdate(
            distribution: distribution, origin: "site", path: try OriginPath(path), before: now)
        _ = try await update.apply(aws.cloudFront)
    }

    /// Every invalidation that was made, the newest first.
    func invalidations() async throws -> [Invalidation] {
        let request = AWSRequest(
            .cloudFront, "ListInvalidations", .get, path: "2020-05-31/distribution/\(distribution)/invalidation")
        let text = String(decoding: try await aws.client.send(request).body, as: UTF8.self)
        var found: [Invalidation] = []
        for match in text.matches(of: #/<Id>(?<id>[A-Z0-9]+)</Id>/#) {
            found.append(try await aws.cloudFront.getInvalidation(String(match.output.id), on: distribution))
        }
        return found
    }

    func records() async throws -> [String] { try await store.records(in: .deployments).map(\.name) }
}
