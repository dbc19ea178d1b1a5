internal import HTTP
internal import PipelineKit

extension AWSError {
    init(_ reply: ErrorReply, status: Int, of request: AWSRequest, in partition: Region.Partition?) {
        self.init(
            status: status, serviceCode: reply.code, serviceMessage: reply.message, requestID: reply.requestID,
            service: request.service, operation: request.operation, resource: request.resource,
            partition: partition?.name, part: request.part,
            retryClass: Self.retryClass(status: status, code: reply.code),
            retryAfter: reply.retryAfter)
    }

    private static func retryClass(status: Int, code: String) -> RetryClass {
        switch RetryReason(status: status, code: code) {
        case .throttled: .throttle
        case .transient where timeouts.contains(code): .timeout
        case .transient: .network
        case nil where conflicts.contains(code) || status == 409 || status == 412: .conflict
        case nil where code == "TooManyInvalidationsInProgress": .throttle
        case nil: .failure
        }
    }

    /// The server has waited too long for the request's next byte.
    private static let timeouts: Set<String> = ["RequestTimeout", "RequestTimeoutException"]

    private static let conflicts: Set<String> = [
        "OperationAborted", "ConditionalRequestConflict", "PreconditionFailed", "InvalidIfMatchVersion",
    ]
}
