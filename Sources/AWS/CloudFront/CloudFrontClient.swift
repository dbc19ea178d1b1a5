internal import HTTP

/// The calls of CloudFront that a deploy needs.
public struct CloudFrontClient: Sendable {
    static let namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
    static let version = "2020-05-31"

    let sender: any AWSSender
    private let retryLimit: Duration

    /// - Parameter retryLimit: how long a call is tried: CloudFront's throttling outlives three attempts.
    public init(sender: any AWSSender, retryLimit: Duration = .seconds(180)) {
        self.sender = sender
        self.retryLimit = retryLimit
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
    /// - Parameter etag: that of the configuration on which the new one rests.
    public func updateDistribution(
        _ id: String, config: [UInt8], ifMatch etag: String
    ) async throws -> UpdateOutcome {
        var request = try request("UpdateDistribution", .put, id, "/config")
        request.headers = ["content-type": "text/xml", "if-match": etag]
        request.body = .bytes(config)
        do {
            return .updated(etag: try Self.etag(try await sender.send(request)))
        } catch let error as XMLError {
            throw error.inReply(to: request)
        } catch let error as AWSError where ["PreconditionFailed", "InvalidIfMatchVersion"].contains(error.serviceCode)
        {
            // The second one is what CloudFront says to an ETag that it does not know any more.
            return .stale(mayHaveBeenApplied: error.mayHaveBeenApplied)
        }
    }

    /// Whether every edge has the configuration.
    public func getDistribution(_ id: String) async throws -> DistributionState {
        let request = try request("GetDistribution", .get, id)
        return try await sender.read(request, root: "Distribution") { root in
            DistributionState(
                status: try root.required("Status"), domain: root.text("DomainName") ?? "",
                lastModified: root.text("LastModifiedTime") ?? "",
                invalidationsInProgress: root.text("InProgressInvalidationBatches").flatMap { Int($0) } ?? 0)
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

/// How an update ended.
public enum UpdateOutcome: Hashable, Sendable {
    case updated(etag: String)
    /// The configuration is not the one any more on which the update rests.
    ///
    /// - Parameter mayHaveBeenApplied: whether it may be this very call that has changed it, by a try whose reply was lost.
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
