internal import TextCoding

/// A text that must not leave the process.
struct SecretForm: Hashable, Sendable {
    var bytes: [UInt8]
    /// In bytes: a part of the form is as bad as the whole if it is this long, or 8 bytes at its beginning or end. Nil if
    /// only the whole counts.
    var leastPart: Int?
}

/// The forms in which programs and servers repeat a secret.
///
/// Forms that escape single characters (percent-encoding, strings of JSON, HTML, quotes of shells) need not be here: one
/// writer escapes what another leaves alone, so there are too many of them. `EscapedText` takes the escapes out of what
/// is printed instead.
enum SecretForms {
    /// In characters. A shorter secret is not masked, because too much other text would be.
    static let leastLength = 3
    /// Of a line of JSON: `"kind": 1,` is in many documents.
    private static let leastLineOfJSON = 8
    /// Of a secret without its blanks.
    private static let leastWithoutBlanks = 8
    /// Of an encoded secret, in bytes: programs break such texts into lines, of 60, 64 or 76 characters and others.
    private static let leastPart = 16

    /// - Parameter secret: of one that is JSON, the texts and numbers inside it have forms too; see `SecretLeaves`.
    static func of(_ secret: String) -> Set<SecretForm> {
        var forms: Set<SecretForm> = []
        for text in [secret] + SecretLeaves.of(secret) where text.count >= leastLength {
            for plain in plainTexts(of: text) { forms.insert(SecretForm(bytes: Array(plain.utf8))) }
            for encoded in encodedTexts(of: Array(text.utf8)) {
                forms.insert(SecretForm(bytes: encoded, leastPart: leastPart))
            }
            if let body = bodyOfLines(text) { forms.insert(SecretForm(bytes: Array(body.utf8), leastPart: leastPart)) }
        }
        return forms
    }

    // MARK: - Readable

    private static func plainTexts(of text: String) -> Set<String> {
        var texts: Set<String> = [text, PercentEncoding.component.encode(text)]
        texts.formUnion(jsonEscaped(text))
        // A command prints a secret of several lines one line at a time.
        texts.formUnion(lines(of: text))
        // `echo $SECRET` makes one blank of many.
        texts.formUnion(texts.map { words(of: $0).joined(separator: " ") })
        let whole = words(of: text).joined()
        if whole.count >= leastWithoutBlanks { texts.insert(whole) }
        // Forms of web pages.
        texts.formUnion(texts.map { $0.replacing(" ", with: "+") })
        texts.formUnion(EscapedText.unescaped(text))
        // What is shown is cleaned before it is masked.
        texts.formUnion(texts.map(SanitizedText.clean))
        return texts.filter { $0.count >= leastLength }
    }

    private static func words(of text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

    /// Those of several, and the only one without its end.
    private static func lines(of text: String) -> [String] {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count > 1 else { return lines.map(String.init) }
        let least = beginsAsJSON(text) ? leastLineOfJSON : leastLength
        return lines.map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { line in
            // A rule such as `---` tells nothing.
            line.count >= least && line.contains { $0.isLetter || $0.isNumber }
        }
    }

    /// What is left of a text of several lines, such as a key in PEM, if somebody breaks it into others. Of JSON, only the
    /// values are secret.
    private static func bodyOfLines(_ text: String) -> String? {
        guard text.contains(where: \.isNewline), !beginsAsJSON(text) else { return nil }
        let body = words(of: text).joined()
        return body.utf8.count > leastPart ? body : nil
    }

    private static func beginsAsJSON(_ text: String) -> Bool {
        text.first { !$0.isWhitespace }.map { $0 == "{" || $0 == "[" } ?? false
    }

    /// The forms that a secret can have inside a string of JSON: writers differ in whether they escape slashes, and what
    /// is not ASCII.
    private static func jsonEscaped(_ text: String) -> [String] {
        let usual = String(Value.text(text).json.dropFirst().dropLast())
        let ascii = usual.unicodeScalars.map { $0.isASCII ? String($0) : JSONText.escapes($0) }.joined()
        return [usual, ascii].flatMap { [$0, $0.replacing("/", with: "\\/")] }
    }

    // MARK: - Encoded

    private static func encodedTexts(of bytes: [UInt8]) -> Set<[UInt8]> {
        let once = base64Parts(of: bytes)
        // What the usual tools print, with the padding that belongs to the end.
        let wholes = [bytes, bytes + [0x0A]].map { Array(Base64.encode($0).utf8) }
        var texts = Set(once + wholes)
        for inner in once + wholes { texts.formUnion(base64Parts(of: inner)) }
        texts.formUnion(texts.map(urlSafe))
        for isUppercase in [false, true] {
            let pairs = bytes.map { byte in
                [byte >> 4, byte & 15].map { Hexadecimal.digit($0, uppercase: isUppercase) }
            }
            for separator in [[], [UInt8(ascii: ":")], [UInt8(ascii: " ")]] {
                texts.insert(Array(pairs.joined(separator: separator)))
            }
        }
        return texts
    }

    /// Returns the three forms that bytes can have inside a longer text encoded in Base64: the form depends on where they
    /// begin. Too short ones are left out.
    private static func base64Parts(of bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).compactMap { offset in
            let shifted = [UInt8](repeating: 0, count: offset) + bytes
            var encoded = Array(Base64.encode(shifted).utf8)
            // Characters that also encode bits of what comes before or after are no part of it.
            encoded.removeFirst(offset == 0 ? 0 : offset + 1)
            let tail = shifted.count % 3
            if tail != 0 { encoded.removeLast(tail == 1 ? 3 : 2) }
            return encoded.count >= 4 ? encoded : nil
        }
    }

    private static func urlSafe(_ encoded: [UInt8]) -> [UInt8] {
        encoded.map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
    }
}
