public import Digest

/// The part of a signature that covers the body.
public enum BodyDigest: Hashable, Sendable {
    /// Computed when the request is sent; not for a file, whose digest must be given.
    case ofBody
    case sha256(SHA256Digest)
    /// The body is not covered: only for bodies that TLS or a checksum header covers.
    case unsigned
}
