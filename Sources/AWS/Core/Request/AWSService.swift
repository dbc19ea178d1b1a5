/// The services that are called, and how each is addressed and signed.
public enum AWSService: String, Hashable, Sendable, CaseIterable {
    case s3, cloudFront, sts
    /// The portal of IAM Identity Center.
    case sso

    /// The service's name in the scope of a signature.
    public var signingName: String {
        switch self {
        case .s3: "s3"
        case .cloudFront: "cloudfront"
        case .sts: "sts"
        case .sso: "sso"
        }
    }

    /// The service's name for people. Many servers that are not AWS's speak S3's protocol.
    public var name: String {
        switch self {
        case .s3: "the object store"
        case .cloudFront: "CloudFront"
        case .sts: "STS"
        case .sso: "IAM Identity Center"
        }
    }

    /// The page that explains the service's error codes.
    var errorDocumentation: String {
        switch self {
        case .s3: "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        case .cloudFront: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/CommonErrors.html"
        case .sts: "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"
        case .sso: "https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/CommonErrors.html"
        }
    }

    /// CloudFront has one region for each partition.
    func signingRegion(_ region: String) -> String {
        self == .cloudFront ? Region.partition(of: region).globalRegion : region
    }

    /// S3 keys are signed as they are sent; for the other services the path in the canonical request is encoded once
    /// more.
    var encodesPathTwice: Bool { self != .s3 }
}
