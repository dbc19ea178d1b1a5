/// One file that is not as it should be.
public struct MirrorDifference: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case new
        /// With the reason.
        case other(String)
        case extra
    }

    public var key: String
    public var kind: Kind
    /// What is to be written; nothing for one that is to go.
    public var bytes: Int
}
