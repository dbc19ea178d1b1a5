internal import COpenSSL

/// SHA-1 by OpenSSL: not for security, only because AWS's tools name their cached sign-ins with it.
public enum SHA1 {
    /// The 20 bytes; nil if this machine's OpenSSL is set up without SHA-1.
    public static func hash(_ message: some Sequence<UInt8>) -> [UInt8]? {
        guard let algorithm = DigestAlgorithm.sha1.pointer else { return nil }
        var bytes = [UInt8](repeating: 0, count: 20)
        let message = Array(message)
        return EVP_Digest(message, message.count, &bytes, nil, algorithm, nil) == 1 ? bytes : nil
    }
}
