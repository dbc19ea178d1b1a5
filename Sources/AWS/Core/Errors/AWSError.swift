public import PipelineKit

/// A service's refusal of a call.
public struct AWSError: DescribedError, Hashable {
    public var status: Int
    /// As the service names it, such as `NoSuchBucket`; of a reply without a body one that follows from the status: `NotFound`,
    /// `AccessDenied`, `PreconditionFailed`, `BadRequest` and so on.
    public var serviceCode: String
    /// What the service says, for people only; control characters are gone.
    public var serviceMessage: String
    /// What AWS's support asks for.
    public var requestID: String?
    public var service: AWSService
    public var operation: String
    /// Such as `s3://bucket/key`.
    public var resource: String
    public var retryClass: RetryClass
    public var retryAfter: Duration?
    /// The attempts that were made.
    public var attempts: Int
    /// Whether an earlier attempt of the same call had no reply, or a 5xx, and so may have taken effect: a 412 may then be the answer to
    /// one's own success.
    public var mayHaveBeenApplied: Bool

    public init(
        status: Int, serviceCode: String, serviceMessage: String = "", requestID: String? = nil,
        service: AWSService, operation: String, resource: String, retryClass: RetryClass = .failure,
        retryAfter: Duration? = nil, attempts: Int = 1, mayHaveBeenApplied: Bool = false
    ) {
        self.status = status
        self.serviceCode = serviceCode
        self.serviceMessage = serviceMessage
        self.requestID = requestID
        self.service = service
        self.operation = operation
        self.resource = resource
        self.retryClass = retryClass
        self.retryAfter = retryAfter
        self.attempts = attempts
        self.mayHaveBeenApplied = mayHaveBeenApplied
    }

    /// The service's code in kebab-case behind `aws-`: `aws-no-such-bucket`.
    public var code: String { "aws-" + ErrorCode.kebabCase(serviceCode) }

    public var message: String {
        let said = serviceMessage.isEmpty ? "" : " (\(serviceMessage))"
        let times = attempts > 1 ? " after \(attempts) attempts" : ""
        let id = requestID.map { ", request \($0)" } ?? ""
        return
            "\(service.name) refused \(operation) of \(resource)\(times): \(serviceCode)\(said), status \(status)\(id)"
    }
}
