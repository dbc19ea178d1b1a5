internal import TextCoding

/// The names of regions.
enum Region {
    /// The region if nothing names one: S3 answers there for every bucket of the partition, and says where the bucket
    /// is.
    static let fallback = "us-east-1"

    /// A region becomes part of a host name: one from a reply must not send credentials elsewhere.
    static func isValid(_ text: String) -> Bool {
        (2...40).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
    }

    /// The regions that share accounts and domains.
    struct Partition: Hashable, Sendable {
        /// The name in ARNs.
        var name: String
        /// What the names of its regions begin with.
        var prefix: String
        /// What the names of its hosts end with.
        var suffix: String
        /// The same of the hosts that have addresses of IPv4 and of IPv6, except S3's.
        var dualStackSuffix: String
        /// The region that calls of a service without regions are signed for.
        var globalRegion: String
    }

    static func partition(of region: String) -> Partition {
        partitions.first { region.hasPrefix($0.prefix) } ?? commercial
    }

    private static let commercial = Partition(
        name: "aws", prefix: "", suffix: "amazonaws.com", dualStackSuffix: "api.aws", globalRegion: "us-east-1")
    /// As in `partitions.json` of AWS's SDKs.
    private static let partitions = [
        Partition(
            name: "aws-cn", prefix: "cn-", suffix: "amazonaws.com.cn", dualStackSuffix: "api.amazonwebservices.com.cn",
            globalRegion: "cn-northwest-1"),
        Partition(
            name: "aws-us-gov", prefix: "us-gov-", suffix: "amazonaws.com", dualStackSuffix: "api.aws",
            globalRegion: "us-gov-west-1"),
        Partition(
            name: "aws-eusc", prefix: "eusc-", suffix: "amazonaws.eu", dualStackSuffix: "api.amazonwebservices.eu",
            globalRegion: "eusc-de-east-1"),
        Partition(
            name: "aws-iso-b", prefix: "us-isob-", suffix: "sc2s.sgov.gov", dualStackSuffix: "api.aws.scloud",
            globalRegion: "us-isob-east-1"),
        Partition(
            name: "aws-iso-f", prefix: "us-isof-", suffix: "csp.hci.ic.gov", dualStackSuffix: "api.aws.hci.ic.gov",
            globalRegion: "us-isof-south-1"),
        Partition(
            name: "aws-iso-e", prefix: "eu-isoe-", suffix: "cloud.adc-e.uk", dualStackSuffix: "api.cloud-aws.adc-e.uk",
            globalRegion: "eu-isoe-west-1"),
        Partition(
            name: "aws-iso", prefix: "us-iso-", suffix: "c2s.ic.gov", dualStackSuffix: "api.aws.ic.gov",
            globalRegion: "us-iso-east-1"),
    ]
}
