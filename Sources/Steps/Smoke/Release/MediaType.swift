internal import HTTP

/// Compares content types by what they mean to a browser.
enum MediaType {
    static func mismatch(_ expected: String, in answer: Answer) -> Mismatch? {
        guard let found = answer.header("content-type") else {
            return Mismatch("the content type `\(expected)`", "none")
        }
        return isSame(expected, found) ? nil : Mismatch("the content type `\(expected)`", "\(Excerpt(found))")
    }

    /// - Returns: nil also for another type that a server has for want of a better one.
    static func contradiction(of expected: String, in answer: Answer) -> Mismatch? {
        guard let found = answer.header("content-type"), contradicts(expected, found) else { return nil }
        return mismatch(expected, in: answer)
    }

    /// True if a browser would do something else with the file. A server's table of types may know less than the
    /// manifest (`application/octet-stream`, `text/plain`) or more, or have another name for the same
    /// (`image/x-ms-bmp`).
    static func contradicts(_ expected: String, _ found: String) -> Bool {
        let (one, other) = (Parts(expected), Parts(found))
        if one.name == other.name { return !isSame(expected, found) }
        if vague.contains(other.name) { return false }
        if vague.contains(one.name) { return active.contains(other.name) }
        if active.contains(one.name) || active.contains(other.name) { return one.subject != other.subject }
        return one.subject != other.subject
            && (one.family != other.family || !["image", "audio", "video", "font"].contains(one.family))
    }

    /// True if something in between may have made the one of the other: a page of a page, or an image of an image, also in
    /// another format.
    static func mayBeRewritten(_ expected: String, as found: String) -> Bool {
        isSame(expected, found) || [expected, found].allSatisfy { Parts($0).family == "image" }
    }

    private static let vague: Set = ["application/octet-stream", "binary/octet-stream", "text/plain", ""]
    /// What browsers run, render or apply.
    private static let active: Set = [
        "text/html", "application/xhtml+xml", "text/css", "text/javascript", "application/xml", "image/svg+xml",
    ]

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

        /// `image` of `image/png`.
        var family: Substring { name.prefix { $0 != "/" } }
        /// What it is about, however it is registered: `rtf` of `text/rtf` and of `application/x-rtf`.
        var subject: Substring {
            var subject = name.drop { $0 != "/" }.dropFirst()
            if subject.hasPrefix("x-") { subject = subject.dropFirst(2) }
            if subject.hasSuffix("+xml") { subject = subject.dropLast(4) }
            return subject
        }

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
