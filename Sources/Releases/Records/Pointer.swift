internal import Digest
internal import TextCoding

/// Something that decides which release visitors get. Every pointer that was ever pointed into a store is registered
/// there.
public struct Pointer: Hashable, Sendable, Codable, FormattedRecord, CustomStringConvertible {
    static let currentFormat = 1

    /// `link` for a symbolic link in the store's folder, `distribution` for an origin of a CloudFront distribution.
    /// Pointers of other kinds are read as they are, and protect the releases that they may be at.
    public var kind: String
    public var name: String

    public init(link name: String) {
        kind = "link"
        self.name = name
    }

    /// - Parameter origin: the origin's id.
    public init(distribution: String, origin: String) {
        kind = "distribution"
        name = "\(distribution)/\(origin)"
    }

    public static let current = Pointer(link: "current")

    /// The kinds whose release this runner can find out.
    static let knownKinds: Set<String> = ["link", "distribution"]

    /// The kind that the name of a pointer's record begins with; nil for a file that is not such a record.
    static func kind(ofRecord name: String) -> String? {
        guard name.hasSuffix(".json"), let dash = name.firstIndex(of: "-"), dash != name.startIndex else { return nil }
        return String(name[..<dash])
    }

    public var isLink: Bool { kind == "link" }

    /// Nil if the pointer is not an origin of a distribution.
    public var origin: (distribution: String, id: String)? {
        guard kind == "distribution", let slash = name.firstIndex(of: "/") else { return nil }
        return (String(name[..<slash]), String(name[name.index(after: slash)...]))
    }

    /// Identifies the pointer in the names of its records.
    public var id: String {
        guard let origin else { return "\(kind)-\(unmistakable)" }
        return "\(kind)-\(Self.safe(origin.distribution))-\(Self.safe(origin.id))"
    }

    /// The name, with its dot escaped if it ends like the names of records that say how a deployment went.
    private var unmistakable: String {
        guard let ending = [".log", ".undone"].first(where: { name.hasSuffix($0) }) else { return name }
        return name.dropLast(ending.count) + "%2E" + ending.dropFirst()
    }

    public var description: String {
        if let origin { return "the origin `\(origin.id)` of the distribution \(origin.distribution)" }
        return isLink ? "the link `\(name)`" : "\(kind) \(name)"
    }

    /// An origin's id may be any text. A dot would let it end like the names of other records.
    private static func safe(_ text: String) -> String {
        let out = PercentEncoding(keepingAlso: "-_").encode(text)
        // A record's name must fit into a key.
        return out.utf8.count <= 200 ? out : out.prefix(100) + "-" + SHA256.hash(text.utf8).description.prefix(32)
    }
}
