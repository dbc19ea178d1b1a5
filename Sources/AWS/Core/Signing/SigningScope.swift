/// The scope of a signing key.
struct SigningScope: Hashable, Sendable {
    /// `20150830`
    var day: String
    var region: String
    /// A service's signing name.
    var service: String

    var text: String { "\(day)/\(region)/\(service)/aws4_request" }
}
