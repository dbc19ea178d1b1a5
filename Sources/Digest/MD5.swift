internal import COpenSSL

/// MD5 by OpenSSL: not for security, only because S3 makes its ETags with it.
///
/// An instance belongs to the thread or task that made it: it is not `Sendable`.
public final class MD5 {
    private let context: OpaquePointer

    /// - Returns: nil if this machine's OpenSSL is set up without MD5, as under FIPS.
    public init?() {
        guard let algorithm = DigestAlgorithm.md5.pointer, let context = EVP_MD_CTX_new() else { return nil }
        guard EVP_DigestInit_ex(context, algorithm, nil) == 1 else {
            EVP_MD_CTX_free(context)
            return nil
        }
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes to the message.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let ok = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(ok == 1, "OpenSSL refused an MD5 update")
    }

    /// The 16 bytes of everything added so far; the instance is then ready for the next message.
    public func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        let ok = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(ok == 1, "OpenSSL could not finish an MD5")
        let again = EVP_DigestInit_ex(context, DigestAlgorithm.md5.pointer, nil)
        precondition(again == 1, "OpenSSL could not begin another MD5")
        return bytes
    }
}
