internal import PipelineKit

/// Why a call takes its time, for whoever watches the step.
struct Slowdown {
    /// A short sentence, such as `CloudFront asks for fewer requests`.
    let sentence: String

    init(_ error: any DescribedError, _ reason: RetryReason, of service: AWSService) {
        let status = (error as? AWSError)?.status
        sentence =
            switch reason {
            case .throttled: "\(service.name) asks for fewer requests"
            case .transient where error.retryClass == .timeout: "requests to \(service.name) time out"
            case .transient: "\(service.name) \(status.map { "answers with status \($0)" } ?? "cannot be reached")"
            }
    }
}
