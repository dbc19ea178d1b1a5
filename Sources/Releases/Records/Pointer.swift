/// Something that decides which release viewers get. Each that was ever pointed into a store is registered there.
public struct Pointer: Hashable, Sendable, Codable, CustomStringConvertible {
    /// `link` for a symbolic link in the store's folder. Others are read as they are, and protect what they may be at.
    public var kind: String
    public var name: String

    public init(link name: String) {
        kind = "link"
        self.name = name
    }

    public static let current = Pointer(link: "current")

    public var isLink: Bool { kind == "link" }
    public var id: String { "\(kind)-\(name)" }
    public var description: String { isLink ? "the link `\(name)`" : "\(kind) \(name)" }
}
