internal import HTTP
public import PipelineKit

/// The calls of CloudFront that a deploy needs.
public struct CloudFrontClient: Sendable {
    static let namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
    static let version = "2020-05-31"

    let sender: any AWSSender
    private let retryLimit: Duration
    private let deadline: LeaseDeadline?

    /// - Parameters:
    ///   - retryLimit: how long a call is tried: CloudFront's throttling outlives three attempts.
    ///   - deadline: until when configurations are written.
    public init(sender: any AWSSender, retryLimit: Duration = .seconds(180), until deadline: LeaseDeadline? = nil) {
        self.sender = sender
        self.retryLimit = retryLimit
        self.deadline = deadline
    }

    /// With the credentials, the endpoint and the transport of a step.
    ///
    /// - Throws: what `AWSClients.client(_:in:)` throws.
    public init(
        in context: StepContext, retryLimit: Duration = .seconds(180), until deadline: LeaseDeadline? = nil
    ) async throws {
        self.init(
            sender: try await context[AWSClientsKey.self].client(in: context), retryLimit: retryLimit, until: deadline)
    }

    /// With the credentials of a bucket's client.
    public init(beside bucket: S3Client) {
        self.init(sender: bucket.sender)
    }

    /// The configuration as it is now, and its ETag.
    public func getDistributionConfig(_ id: String) async throws -> DistributionConfig {
        var request = try request("GetDistributionConfig", .get, id, "/config")
        request.check = { _ = try XMLTree($0.body) }
        let response = try await sender.send(request)
        do throws(XMLError) {
            return try DistributionConfig(response.body, etag: Self.etag(response))
        } catch {
            throw error.inReply(to: request)
        }
    }

    /// Replaces the whole configuration.
    ///
    /// - Parameter etag: of the configuration that the new one was made from.
    public func updateDistribution(
        _ id: String, config: [UInt8], ifMatch etag: String
    ) async throws -> UpdateOutcome {
        var request = try request("UpdateDistribution", .put, id, "/config")
        request.headers = ["content-type": "text/xml", "if-match": etag]
        request.body = .bytes(config)
        request.deadline = deadline
        do {
            return .updated(etag: try Self.etag(try await sender.send(request)))
        } catch let error as XMLError {
            throw error.inReply(to: request)
        } catch let error as AWSError where ["PreconditionFailed", "InvalidIfMatchVersion"].contains(error.serviceCode)
        {
            // CloudFront says the second one of an ETag that it no longer knows.
            return .stale(mayHaveBeenApplied: error.mayHaveBeenApplied)
        }
    }

    /// The state of a distribution: it tells if every edge has the configuration.
    public func getDistribution(_ id: String) async throws -> DistributionState {
        let request = try request("GetDistribution", .get, id)
        return try await sender.read(request, root: "Distribution") { root in
            DistributionState(
                status: try root.required("Status"), domain: root.text("DomainName") ?? "",
                lastModified: root.text("LastModifiedTime") ?? "",
                invalidationsInProgress: root.text("InProgressInvalidationBatches").flatMap { Int($0) } ?? 0)
        }
    }

    /// Writes a configuration back as it is. If it has another ETag then, a write that was sent before and is still on
    /// its way fails.
    ///
    /// - Throws: `notUpdated`; what `AWSSender.send` throws.
    public func fence(_ distribution: String) async throws -> FencedConfig {
        let maximum = 8
        for _ in 1...maximum {
            let config = try await getDistributionConfig(distribution)
            let outcome = try await updateDistribution(distribution, config: config.bytes, ifMatch: config.etag)
            guard case .updated(let etag) = outcome else { continue }
            var fenced = config
            fenced.etag = etag
            return FencedConfig(config: fenced, isFence: etag != config.etag)
        }
        throw Self.changedAtEachTry(of: distribution, maximum)
    }

    static func changedAtEachTry(of distribution: String, _ tries: Int) -> CloudFrontError {
        CloudFrontError(
            .notUpdated, "the distribution \(distribution) was changed by others at each of \(tries) tries",
            help: "wait until the other change has ended, then run this again")
    }

    /// Waits until every edge has the configuration.
    ///
    /// - Throws: `deadline`; what `AWSSender.send` throws.
    public func waitUntilDeployed(_ distribution: String, _ wait: CloudFrontPoller) async throws -> DistributionState {
        try await wait.until("the distribution \(distribution) was not deployed to every edge") {
            let state = try await getDistribution(distribution)
            return state.isDeployed ? .reached(state, status: state.status) : .waiting(status: state.status)
        }
    }

    func request(
        _ operation: String, _ method: HTTPMethod, _ id: String, _ rest: String = ""
    ) throws(CloudFrontError) -> AWSRequest {
        let id = try DistributionID(id)
        return AWSRequest(
            .cloudFront, operation, method, path: "\(Self.version)/distribution/\(id)\(rest)",
            retry: .untilDeadline(retryLimit))
    }

    static func etag(_ response: HTTPResponse) throws(XMLError) -> String {
        guard let etag = response.headers["etag"], !etag.isEmpty else {
            throw XMLError(.unexpected, at: 0, "the reply has no ETag")
        }
        return etag
    }
}

/// A configuration that was written back as it was.
public struct FencedConfig: Sendable {
    /// With the ETag that it has now.
    public var config: DistributionConfig
    /// False if the writing has left the ETag as it was: a write that rests on it is still accepted.
    public var isFence: Bool
}

/// How an update ended.
public enum UpdateOutcome: Hashable, Sendable {
    case updated(etag: String)
    /// The configuration is no longer the one that the update was made from.
    ///
    /// - Parameter mayHaveBeenApplied: true if this very call may have changed it, by a try whose reply was lost.
    case stale(mayHaveBeenApplied: Bool)
}

/// How far a distribution's configuration has come.
public struct DistributionState: Hashable, Sendable {
    /// `InProgress` or `Deployed`.
    public var status: String
    /// Such as `d111111abcdef8.cloudfront.net`.
    public var domain: String
    /// ISO 8601, as sent.
    public var lastModified: String
    public var invalidationsInProgress: Int

    public var isDeployed: Bool { status == "Deployed" }
}
