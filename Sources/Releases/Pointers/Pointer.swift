internal import TextCoding

/// The record of a pointer in a store: everything that was ever pointed at one of its releases is registered there.
public struct Pointer: Hashable, Sendable, Codable, FormattedRecord, CustomStringConvertible {
    static let currentFormat = 1

    /// Every kind whose release this runner can find out.
    static let kinds: [any ReleasePointer.Type] = [LinkPointer.self, DistributionPointer.self]

    /// `link`, `distribution`. The record of another kind protects the store from being changed.
    public var kind: String
    /// Tells it from others of its kind.
    public var name: String

    init(kind: String, name: String) {
        (self.kind, self.name) = (kind, name)
    }

    /// The link that a folder store has unless another is named.
    public static let current = Pointer(link: "current")

    /// Nil for a kind of newer runners.
    var type: (any ReleasePointer.Type)? { Self.kinds.first { $0.kind == kind } }

    /// The kind that the name of a pointer's record begins with; nil for a file that is not such a record.
    static func kind(ofRecord name: String) -> String? {
        guard name.hasSuffix(".json"), let dash = name.firstIndex(of: "-"), dash != name.startIndex else { return nil }
        return String(name[..<dash])
    }

    /// A part of its records' names.
    public var id: String { "\(kind)-" + (type?.recordName(of: name) ?? Self.unmistakable(name)) }

    public var description: String { type?.described(name) ?? "\(kind) \(name)" }

    /// A name whose end cannot be taken for that of the records that say how a deployment went.
    static func unmistakable(_ name: String) -> String {
        guard let ending = [".log", ".undone"].first(where: { name.hasSuffix($0) }) else { return name }
        return name.dropLast(ending.count) + "%2E" + ending.dropFirst()
    }
}
