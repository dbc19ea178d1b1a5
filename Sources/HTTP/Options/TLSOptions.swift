public import SystemPackage

/// How servers are verified. Verification cannot be turned off.
public struct TLSOptions: Hashable, Sendable {
    /// The certificates that are trusted, as one PEM file.
    public var caBundle: FilePath

    public init(caBundle: FilePath = Self.defaultBundle) {
        self.caBundle = caBundle
    }

    /// Takes the bundle that `AWS_CA_BUNDLE`, else `CURL_CA_BUNDLE`, else `SSL_CERT_FILE` names; without them, Debian's
    /// own.
    public init(environment: [String: String]) {
        let names = ["AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
        let named = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        self.init(caBundle: named.map { FilePath($0) } ?? Self.defaultBundle)
    }

    public static let defaultBundle = FilePath("/etc/ssl/certs/ca-certificates.crt")
}
