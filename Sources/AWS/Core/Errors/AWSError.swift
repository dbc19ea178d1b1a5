public import PipelineKit

/// A service's refusal of a call.
public struct AWSError: DescribedError, Hashable {
    public var status: Int
    /// The service's own code, such as `NoSuchBucket`. For a reply without a body, a code that follows from the status:
    /// `NotFound`, `AccessDenied`, `PreconditionFailed`, `BadRequest` and so on.
    public var serviceCode: String
    /// The service's message, only for people; control characters are removed.
    public var serviceMessage: String
    /// The id that AWS's support asks for.
    public var requestID: String?
    public var service: AWSService
    public var operation: String
    /// The resource, such as `s3://bucket/key`.
    public var resource: String
    /// The partition of the call's region, as ARNs name it; nil if the server is not AWS's own.
    public var partition: String?
    /// What the keys of the caller's part of the bucket begin with. Empty, or with a `/` at its end.
    public var part: String
    public var retryClass: RetryClass
    public var retryAfter: Duration?
    /// The number of attempts that were made.
    public var attempts: Int
    /// True if an earlier attempt of the same call had no reply, or a 5xx, and so may have taken effect: a 412 may then
    /// be caused by the call's own success.
    public var mayHaveBeenApplied: Bool

    public init(
        status: Int, serviceCode: String, serviceMessage: String = "", requestID: String? = nil,
        service: AWSService, operation: String, resource: String, partition: String? = "aws",
        part: String = "",
        retryClass: RetryClass = .failure, retryAfter: Duration? = nil, attempts: Int = 1,
        mayHaveBeenApplied: Bool = false
    ) {
        self.status = status
        self.serviceCode = serviceCode
        self.serviceMessage = serviceMessage
        self.requestID = requestID
        self.service = service
        self.operation = operation
        self.resource = resource
        self.partition = partition
        self.part = part
        self.retryClass = retryClass
        self.retryAfter = retryAfter
        self.attempts = attempts
        self.mayHaveBeenApplied = mayHaveBeenApplied
    }

    /// The service's code in kebab-case after `aws-`: `aws-no-such-bucket`.
    public var code: String { "aws-" + ErrorCode.kebabCase(serviceCode) }

    public var message: String {
        let said = serviceMessage.isEmpty ? "" : " (\(serviceMessage))"
        let times = attempts > 1 ? " after \(attempts) attempts" : ""
        let id = requestID.map { ", request \($0)" } ?? ""
        return
            "\(service.name) refused \(operation) of \(resource)\(times): \(serviceCode)\(said), status \(status)\(id)"
    }
}
