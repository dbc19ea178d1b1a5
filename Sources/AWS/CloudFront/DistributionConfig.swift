/// A distribution's configuration, exactly as CloudFront gave it.
///
/// An update replaces the whole of it, and a model of it would drop what it does not know: so it stays bytes.
public struct DistributionConfig: Sendable {
    /// What goes into `If-Match`.
    public internal(set) var etag: String
    public let origins: [DistributionOrigin]
    /// Of origins that are asked one after the other.
    public let groups: [OriginGroup]
    private let document: XMLTree

    /// - Throws: `XMLError`.
    public init(_ bytes: [UInt8], etag: String) throws(XMLError) {
        document = try XMLTree(bytes)
        self.etag = etag
        origins = try Self.originElements(document).map { element throws(XMLError) in try DistributionOrigin(element) }
        groups = document.root.at(["OriginGroups", "Items"])?.children("OriginGroup").map { OriginGroup($0) } ?? []
    }

    public var bytes: [UInt8] { document.bytes }

    /// The origin whose path a deploy sets: the named one, or the only one on S3.
    ///
    /// - Throws: `unknownOrigin`, `noS3Origin`, `severalS3Origins`; each lists what there is.
    public func origin(named name: String?) throws(CloudFrontError) -> DistributionOrigin {
        let all = origins.map { "\($0.id) (\($0.domain))" }.joined(separator: ", ")
        if let name {
            guard let origin = origins.first(where: { $0.id.utf8.elementsEqual(name.utf8) }) else {
                throw CloudFrontError(
                    .unknownOrigin, "the distribution has no origin \(name.debugDescription), but \(all)",
                    help: "name one of these ids in the option `origin`")
            }
            return origin
        }
        let onS3 = origins.filter { $0.kind != .other }
        guard let origin = onS3.first else {
            throw CloudFrontError(
                .noS3Origin, "the distribution has no origin on S3, but \(all)",
                help: "name the origin to switch in the option `origin`")
        }
        guard onS3.count == 1 else {
            let choices = onS3.map { "\($0.id) (\($0.domain)\($0.path))" }.joined(separator: ", ")
            throw CloudFrontError(
                .severalS3Origins, "the distribution has \(onS3.count) origins on S3: \(choices)",
                help: "name the origin to switch in the option `origin`")
        }
        return origin
    }

    /// The configuration with another path of one origin. Every byte outside that origin's `OriginPath` is the same.
    ///
    /// - Throws: `unknownOrigin`; `unexpectedConfig` if the origin has more than one path, or its id is not its own.
    public func replacingOriginPath(ofOrigin id: String, with path: OriginPath) throws -> [UInt8] {
        let matching = try Self.originElements(document).filter { try $0.required("Id").utf8.elementsEqual(id.utf8) }
        guard let origin = matching.first else { throw try unknown(id) }
        guard matching.count == 1 else { throw Self.unexpected("two origins have the id \(id.debugDescription)") }
        let paths = Array(origin.children("OriginPath"))
        guard paths.count <= 1 else { throw Self.unexpected("the origin \(id.debugDescription) has several paths") }

        let text = XMLWriter.escaped(path.text)
        guard let element = paths.first else { return try insertingPath(text, into: origin) }
        if let content = element.contentRange { return splice(content, text) }
        // `<OriginPath/>`: the slash goes, and an end tag comes.
        let name = Array(bytes[element.nameRange])
        let slash = element.range.upperBound - 2
        return splice(slash..<slash + 2, [UInt8(ascii: ">")] + text + Array("</".utf8) + name + [UInt8(ascii: ">")])
    }

    private func unknown(_ id: String) throws -> CloudFrontError {
        do {
            _ = try origin(named: id)
            return Self.unexpected("the origin \(id.debugDescription) cannot be found again")
        } catch {
            return error
        }
    }

    /// Behind `DomainName`, where CloudFront writes it, and with the prefix that the origin's own tag has.
    private func insertingPath(_ text: [UInt8], into origin: XMLElement) throws(CloudFrontError) -> [UInt8] {
        guard let domain = origin["DomainName"] else { throw Self.unexpected("an origin has no domain") }
        let originName = bytes[origin.nameRange]
        let prefix = originName.lastIndex(of: UInt8(ascii: ":")).map { Array(originName[...$0]) } ?? []
        let name = prefix + Array("OriginPath".utf8)
        let end = domain.range.upperBound
        let tags = (start: [UInt8(ascii: "<")] + name + [UInt8(ascii: ">")], end: Array("</".utf8) + name)
        return splice(end..<end, tags.start + text + tags.end + [UInt8(ascii: ">")])
    }

    private func splice(_ range: Range<Int>, _ replacement: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + replacement.count)
        out += bytes[..<range.lowerBound]
        out += replacement
        out += bytes[range.upperBound...]
        return out
    }

    private static func originElements(_ document: XMLTree) throws(XMLError) -> [XMLElement] {
        let root = document.root
        guard root.isNamed("DistributionConfig") else {
            throw XMLError(.unexpected, at: root.range.lowerBound, "<\(root.name)> is no DistributionConfig")
        }
        guard let items = root.at(["Origins", "Items"]) else { throw root.missing("Origins") }
        return Array(items.children("Origin"))
    }

    private static func unexpected(_ detail: String) -> CloudFrontError {
        CloudFrontError(
            .unexpectedConfig, "the distribution's configuration is not as CloudFront documents it: \(detail)",
            help: "look at it with `aws cloudfront get-distribution-config --id DISTRIBUTION`")
    }
}
