public import HTTP
internal import ObjectStorage
internal import PipelineKit
internal import TextCoding

/// The addresses of the services.
public struct Endpoints: Sendable {
    /// The region of S3 and STS, unless a bucket turns out to be in another.
    public var region: String
    /// The endpoints that somebody has named; the other services have AWS's own.
    public var custom: [AWSService: HTTPURL]

    /// - Throws: `StepError` if `region` is invalid.
    public init(region: String, custom: [AWSService: HTTPURL] = [:]) throws {
        guard Region.isValid(region) else {
            throw StepError(
                "invalid-region", "\(region.debugDescription) is not the name of an AWS region",
                help: "write it such as `eu-central-1`, in the option `region` or in AWS_REGION")
        }
        self.region = region
        self.custom = custom
    }

    func endpoint(of service: AWSService, region: String, bucket: String?) throws -> Endpoint {
        let url = try custom[service] ?? Self.own(service, region: region)
        // A dot in the name would need a certificate of two levels.
        guard let bucket, s3Server.capabilities.addressing == .virtualHost, Self.canBeHost(bucket) else {
            return Endpoint(url, bucket: bucket)
        }
        let (scheme, host) = (url.scheme.rawValue, url.origin.dropFirst(url.scheme.rawValue.count + 3))
        return Endpoint(try HTTPURL("\(scheme)://\(bucket).\(host)\(url.target)"))
    }

    var s3Server: S3Server { S3Server(at: custom[.s3]) }

    private static func own(_ service: AWSService, region: String) throws -> HTTPURL {
        let suffix = Region.suffix(of: region)
        let host =
            switch service {
            case .s3: "s3.\(region).\(suffix)"
            case .sts: "sts.\(region).\(suffix)"
            case .cloudFront: "cloudfront.amazonaws.com"
            }
        return try HTTPURL("https://\(host)")
    }

    private static func canBeHost(_ bucket: String) -> Bool {
        (3...63).contains(bucket.utf8.count) && bucket.first != "-" && bucket.last != "-"
            && bucket.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
    }
}
