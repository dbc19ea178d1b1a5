internal import HTTP

/// Compares content types by what they mean to a browser.
enum MediaType {
    static func mismatch(_ expected: String, in answer: Answer) -> Mismatch? {
        guard let found = answer.header("content-type") else {
            return Mismatch("the content type `\(expected)`", "none")
        }
        return isSame(expected, found) ? nil : Mismatch("the content type `\(expected)`", "\(Excerpt(found))")
    }

    /// A charset counts only if both name one: many servers leave it to the page.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Parts(left), Parts(right))
        guard left.name == right.name else { return false }
        guard let one = left.charset, let other = right.charset else { return true }
        return one == other
    }

    private struct Parts {
        var name: String
        var charset: String?

        init(_ text: String) {
            let parts = text.lowercased().split(separator: ";").map { part in
                part.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            }
            let name = parts.first ?? ""
            self.name = MediaType.synonyms[name] ?? name
            charset = parts.dropFirst().first { $0.hasPrefix("charset=") }.map { String($0.dropFirst(8)) }
        }
    }

    /// Older names of types, which servers still send and browsers treat as the same.
    private static let synonyms = [
        "application/javascript": "text/javascript", "application/x-javascript": "text/javascript",
        "text/xml": "application/xml", "image/vnd.microsoft.icon": "image/x-icon", "image/jpg": "image/jpeg",
        "application/font-woff": "font/woff", "application/x-font-ttf": "font/ttf", "audio/x-m4a": "audio/mp4",
        "application/x-gzip": "application/gzip",
    ]
}
