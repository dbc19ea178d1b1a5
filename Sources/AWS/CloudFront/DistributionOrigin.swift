/// The server that a distribution fetches from, as far as a deploy must know it.
public struct DistributionOrigin: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// A bucket's own endpoint.
        case bucket
        /// A bucket's website endpoint, which CloudFront calls like any web server.
        case website
        case other
    }

    public var id: String
    public var domain: String
    /// As the configuration has it: another tool may have written what `OriginPath` refuses.
    public var path: String
    public var kind: Kind

    init(_ element: XMLElement) throws(XMLError) {
        id = try element.required("Id")
        domain = try element.required("DomainName")
        path = element.text("OriginPath") ?? ""
        kind = element["S3OriginConfig"] != nil ? .bucket : Self.kind(ofDomain: domain)
    }

    /// By the names that S3 gives its endpoints: `bucket.s3.region`, `bucket.s3-region`, `bucket.s3-website.region`,
    /// with `dualstack` in between or not.
    static func kind(ofDomain domain: String) -> Kind {
        var name = domain.lowercased()[...]
        guard let suffix = [".amazonaws.com", ".amazonaws.com.cn"].first(where: name.hasSuffix) else { return .other }
        name = name.dropLast(suffix.count)
        var labels = name.split(separator: ".")
        if let last = labels.last, !isService(last) { labels.removeLast() }
        if labels.last == "dualstack" { labels.removeLast() }
        guard let service = labels.last, isService(service) else { return .other }
        return service.hasPrefix("s3-website") ? .website : .bucket
    }

    private static func isService(_ label: Substring) -> Bool {
        label == "s3" || label.hasPrefix("s3-")
    }
}
