/// Which of AWS's own endpoints of a service is asked.
struct EndpointVariant: Hashable, Sendable {
    /// One whose cryptography is validated by FIPS 140.
    var isFIPS = false
    /// One with addresses of IPv4 and of IPv6.
    var isDualStack = false

    /// As the endpoint rules of AWS's SDKs have it.
    func host(of service: AWSService, region: String) -> String {
        let partition = Region.partition(of: region)
        let isGovernment = partition.prefix == "us-gov-"
        let suffix = isDualStack ? partition.dualStackSuffix : partition.suffix
        switch service {
        case .s3:
            let name = (isFIPS ? "s3-fips" : "s3") + (isDualStack ? ".dualstack" : "")
            return "\(name).\(region).\(partition.suffix)"
        case .sts, .sso:
            let name = service == .sts ? "sts" : "portal.sso"
            // In these regions, the plain endpoints are validated.
            let isPlain = !isFIPS || isGovernment && !isDualStack
            return "\(name)\(isPlain ? "" : "-fips").\(region).\(suffix)"
        case .cloudFront:
            let name = isFIPS ? "cloudfront-fips" : "cloudfront"
            if partition.prefix == "cn-" { return "\(name).\(partition.globalRegion).\(partition.suffix)" }
            return isDualStack && partition.prefix.isEmpty ? "\(name).global.\(suffix)" : "\(name).\(suffix)"
        }
    }
}
