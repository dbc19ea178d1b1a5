internal import FoundationEssentials

/// The texts and whole numbers inside a secret that is JSON, such as the key of a service account: a program that gets
/// the whole may print one of them.
enum SecretLeaves {
    /// A shorter one is a word such as `main`, `true` or `8080` as often as it is a secret: masking it would make a log
    /// unreadable.
    static let leastLength = 6

    /// The least length, as of a secret on its own, if the name of the field says that it is one: `{"pin": 4711}`.
    static let leastLengthByName = 3

    /// How deep JSON may be inside texts of JSON.
    private static let depth = 4

    private static let endings = [
        "password", "passwd", "passphrase", "secret", "token", "key", "credential", "credentials", "auth",
    ]
    private static let words = ["pass", "pwd", "pin", "otp"]

    /// Returns those of a JSON object or array; none if the secret is anything else.
    static func of(_ secret: String) -> [String] {
        var leaves: [String] = []
        collect(parsed(secret), named: "", depth, &leaves)
        return leaves
    }

    private static func parsed(_ text: String) -> Value {
        // Anything else that JSON may be has nothing inside.
        guard let first = text.utf8.first(where: { $0 > 0x20 }), "{[".utf8.contains(first) else { return .null }
        return (try? JSONDecoder().decode(Value.self, from: Data(text.utf8))) ?? .null
    }

    private static func collect(_ value: Value, named name: String, _ depth: Int, _ leaves: inout [String]) {
        switch value {
        case .null, .bool, .number: break
        case .integer: add(value.asText, named: name, &leaves)
        case .text(let text):
            add(text, named: name, &leaves)
            if depth > 0 { collect(parsed(text), named: name, depth - 1, &leaves) }
        case .list(let values):
            for value in values { collect(value, named: name, depth, &leaves) }
        case .object(let fields):
            for (name, value) in fields { collect(value, named: name, depth, &leaves) }
        }
    }

    private static func add(_ text: String, named name: String, _ leaves: inout [String]) {
        if text.count >= (tellsOfSecret(name) ? leastLengthByName : leastLength) { leaves.append(text) }
    }

    /// True for `password`, `apiKey`, `client_secret`, `db-pin`.
    private static func tellsOfSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return endings.contains(where: name.hasSuffix)
            || name.split { !$0.isLetter }.contains { words.contains(String($0)) }
    }
}
