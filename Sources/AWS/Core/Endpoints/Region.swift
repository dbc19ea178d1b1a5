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

    /// The domain of the region's partition.
    static func suffix(of region: String) -> String {
        partitions.first { region.hasPrefix($0.prefix) }?.suffix ?? "amazonaws.com"
    }

    private static let partitions: [(prefix: String, suffix: String)] = [
        ("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu"), ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"), ("us-iso-", "c2s.ic.gov"),
    ]
}
