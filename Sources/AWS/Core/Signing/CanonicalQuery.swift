internal import TextCoding

/// A query in the two spellings that a signed request needs.
struct CanonicalQuery {
    /// As it is signed: encoded, sorted, every name with its `=`.
    var signed = ""
    /// As it is sent: the same, except that names without a value have no `=`.
    var sent = ""

    init(_ query: [(String, String?)]) {
        guard !query.isEmpty else { return }
        let pairs = query.map { (PercentEncoding.component.encode($0.0), $0.1.map(PercentEncoding.component.encode)) }
            .sorted { ($0.0, $0.1 ?? "") < ($1.0, $1.1 ?? "") }
        for (name, value) in pairs {
            let separator = signed.isEmpty ? "" : "&"
            signed += separator + name + "=" + (value ?? "")
            sent += separator + name
            if let value { sent += "=" + value }
        }
    }
}
