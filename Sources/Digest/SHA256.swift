internal import COpenSSL
internal import TextCoding

/// SHA-256 by OpenSSL: one fetched algorithm for the process, one context per instance.
///
/// An instance belongs to the thread or task that made it: it is not `Sendable`.
public final class SHA256 {
    private let context: OpaquePointer

    public init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("OpenSSL gave no memory for a digest") }
        self.context = context
        reset()
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes to the message.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let ok = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(ok == 1, "OpenSSL refused a SHA-256 update")
    }

    public func update(_ bytes: some Sequence<UInt8>) {
        if bytes.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { update($0) }
        }
    }

    /// The digest of everything added so far; the instance is then ready for the next message.
    public func finish() -> SHA256Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let ok = EVP_DigestFinal_ex(context, &bytes, &length)
        precondition(ok == 1 && length == 32, "OpenSSL could not finish a SHA-256")
        reset()
        return SHA256Digest(bytes: bytes)
    }

    private func reset() {
        let ok = EVP_DigestInit_ex(context, DigestAlgorithm.sha256.pointer, nil)
        precondition(ok == 1, "OpenSSL has no SHA-256")
    }

    public static func hash(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
        let sha = SHA256()
        sha.update(bytes)
        return sha.finish()
    }
}

/// The 32 bytes of a SHA-256, shown as 64 lower-case hexadecimal digits.
public struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Returns: nil for anything but 64 hexadecimal digits.
    public init?(hex text: String) {
        guard text.utf8.count == 64, let bytes = Hexadecimal.decode(text) else { return nil }
        self.bytes = bytes
    }

    public var description: String { Hexadecimal.encode(bytes) }
}
