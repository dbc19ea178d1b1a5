internal import FoundationEssentials
internal import TextCoding

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
        collect(Array(secret.utf8), named: "", depth, &leaves)
        return leaves
    }

    /// Reads every text and number, also of a name that is there twice, and of what is nearly JSON: a program may read it
    /// in another way than a strict reader.
    private static func collect(_ json: [UInt8], named outer: String, _ depth: Int, _ leaves: inout [String]) {
        // Anything else that JSON may be has nothing inside.
        guard let first = json.first(where: { $0 > 0x20 }), "{[".utf8.contains(first) else { return }
        var (rest, name) = (json[...], outer)
        while let byte = rest.first {
            if byte == UInt8(ascii: "\"") {
                guard let text = takeText(&rest) else { return }
                if rest.first(where: { $0 > 0x20 }) == UInt8(ascii: ":") {
                    name = text
                } else {
                    add(text, named: name, &leaves)
                    if depth > 0 { collect(Array(text.utf8), named: name, depth - 1, &leaves) }
                }
            } else if byte == UInt8(ascii: "-") || byte.isASCIIDigit {
                let number = rest.prefix { !"]},".utf8.contains($0) && $0 > 0x20 }
                rest = rest.dropFirst(number.count)
                if let integer = Int(String(decoding: number, as: UTF8.self)) {
                    add(String(integer), named: name, &leaves)
                }
            } else {
                rest.removeFirst()
            }
        }
    }

    /// Takes a text with its quotes.
    ///
    /// - Returns: nil if it has no end.
    private static func takeText(_ rest: inout ArraySlice<UInt8>) -> String? {
        let start = rest
        rest.removeFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                _ = rest.popFirst()
            } else if byte == UInt8(ascii: "\"") {
                let text = start[..<rest.startIndex]
                return (try? JSONDecoder().decode(String.self, from: Data(text)))
                    ?? String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
            }
        }
        return nil
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
