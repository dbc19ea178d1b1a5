public import HTTP
internal import ObjectStorage
internal import PipelineKit
internal import TextCoding

/// The addresses of the services.
public struct Endpoints: Sendable {
    /// The region of S3 and STS, unless a bucket turns out to be in another.
    public private(set) var region: String
    /// The endpoints that somebody has named; the other services have AWS's own.
    public var custom: [AWSService: HTTPURL]
    /// Which of AWS's own.
    var variant = EndpointVariant()
    /// Where the bucket's name is in an address, if somebody has said so.
    var addressing: StorageCapabilities.Addressing?
    /// False if somebody has said that no call of S3 carries a checksum that it need not carry.
    var sendsChecksums = true
    /// False if somebody has said that no call of S3 asks for a checksum.
    var asksForChecksums = true

    /// - Throws: `StepError` if `region` is invalid.
    public init(region: String, custom: [AWSService: HTTPURL] = [:]) throws {
        self.region = region
        self.custom = custom
        try setRegion(region)
    }

    /// - Throws: `StepError` if `region` is invalid.
    mutating func setRegion(_ region: String) throws {
        guard Region.isValid(region) else {
            throw StepError(
                "invalid-region", "\(region.debugDescription) is not an AWS region",
                help: "write it such as `eu-central-1`, in the option `region` or in AWS_REGION")
        }
        self.region = region
    }

    func endpoint(of service: AWSService, region: String, bucket: String?) throws -> Endpoint {
        let url = try custom[service] ?? HTTPURL("https://" + variant.host(of: service, region: region))
        // A dot in the name would need a certificate of two levels: nobody gets that unasked.
        guard let bucket, storage.addressing == .virtualHost, Self.canBeHost(bucket, mayHaveDots: addressing != nil)
        else { return Endpoint(url, bucket: bucket) }
        let (scheme, host) = (url.scheme.rawValue, url.origin.dropFirst(url.scheme.rawValue.count + 3))
        return Endpoint(try HTTPURL("\(scheme)://\(bucket).\(host)\(url.target)"))
    }

    /// What is known of the server of S3 before it is asked.
    var storage: StorageCapabilities {
        var capabilities = S3Server(at: custom[.s3]).capabilities
        if let addressing { capabilities.addressing = addressing }
        if !sendsChecksums { capabilities.keepsSHA256 = false }
        if !asksForChecksums { capabilities.tellsSHA256 = false }
        return capabilities
    }

    private static func canBeHost(_ bucket: String, mayHaveDots: Bool) -> Bool {
        (3...63).contains(bucket.utf8.count)
            && bucket.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
            } && (mayHaveDots || !bucket.contains("."))
    }
}
