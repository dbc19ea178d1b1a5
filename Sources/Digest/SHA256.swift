internal import COpenSSL

/// SHA-256 by OpenSSL: one fetched algorithm for the process, one context an instance.
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
        let ok = EVP_DigestInit_ex(context, Self.algorithm.pointer, nil)
        precondition(ok == 1, "OpenSSL has no SHA-256")
    }

    public static func hash(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
        let sha = SHA256()
        sha.update(bytes)
        return sha.finish()
    }

    /// Fetched once: `EVP_sha256()` would look the algorithm up again for every message.
    static let algorithm = Algorithm()

    struct Algorithm: @unchecked Sendable {
        // An EVP_MD that was fetched is reference-counted and immutable: OpenSSL documents it as safe to share.
        let pointer: OpaquePointer?
        init() { pointer = EVP_MD_fetch(nil, "SHA256", nil) }
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
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = Self.digits[Int(byte >> 4)]
                buffer[2 * index + 1] = Self.digits[Int(byte & 15)]
            }
            return 64
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
