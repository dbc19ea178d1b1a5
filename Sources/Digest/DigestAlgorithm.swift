internal import COpenSSL

/// A digest algorithm that is fetched once for the process: `EVP_sha256()` and the like look it up again for every
/// message.
///
/// `@unchecked` because it holds a C pointer: an `EVP_MD` that was fetched is reference-counted and never changes, and
/// OpenSSL documents it as safe to share between threads.
struct DigestAlgorithm: @unchecked Sendable {
    /// Nil if this machine's OpenSSL is set up without a digest of that name.
    let pointer: OpaquePointer?

    static let sha256 = DigestAlgorithm("SHA256")
    static let md5 = DigestAlgorithm("MD5")
    static let sha1 = DigestAlgorithm("SHA1")

    private init(_ name: String) { pointer = EVP_MD_fetch(nil, name, nil) }
}
