public import AWS
internal import TextCoding

/// The paths at which a distribution finds the releases of a store in its bucket: `/<prefix>/releases/<version>`.
public struct ReleasePaths: Hashable, Sendable {
    /// Ends with `/`, or is empty.
    private let prefix: String

    /// - Parameter prefix: the store's, without slashes around it; empty for a store at the top of its bucket.
    public init(prefix: String) {
        self.prefix = prefix.isEmpty ? "" : prefix + "/"
    }

    /// - Throws: `CloudFrontError` `invalidOriginPath` if the store's prefix cannot be part of an origin path.
    public func path(of version: ReleaseVersion) throws(CloudFrontError) -> OriginPath {
        try OriginPath("/" + PercentEncoding.urlPath.encode(prefix) + "releases/\(version)")
    }

    /// The release that an origin path points at, if it is written exactly as `path(of:)` writes it; nil for any other
    /// path.
    public func release(at path: String) -> ReleaseVersion? {
        guard let version = servedRelease(at: path), let own = try? self.path(of: version),
            own.text.hasSameBytes(as: path)
        else { return nil }
        return version
    }

    /// The release whose files an origin path leads to, even if the path is written in another way or leads deeper.
    public func servedRelease(at path: String) -> ReleaseVersion? {
        let top = "/" + prefix + "releases/"
        guard let path = PercentEncoding.decode(path), path.utf8.starts(with: top.utf8) else { return nil }
        let name = path.utf8.dropFirst(top.utf8.count).prefix { $0 != UInt8(ascii: "/") }
        return try? ReleaseVersion(String(decoding: name, as: UTF8.self))
    }
}
