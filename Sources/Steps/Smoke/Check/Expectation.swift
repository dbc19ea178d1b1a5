internal import HTTP
internal import PipelineKit
internal import RegularExpressions
internal import Releases

/// One thing that must be true of an answer.
enum Expectation: Sendable {
    case status(StatusSet)
    case header(String, HeaderExpectation)
    case contains(String)
    case notContains(String)
    case matches(Pattern)
    case json(path: String, JSONExpectation)
    case sha256(String)
    case maxTime(Duration)
    case content(of: ManifestEntry)
    /// The file's bytes, with any status; also after a redirect, if it leads to the same host.
    case served(ManifestEntry, host: String?)
    case contentType(String)
    /// No content type that contradicts this one: see `MediaType.contradicts`.
    case plausibleType(String)

    var readsBody: Bool {
        switch self {
        case .contains, .notContains, .matches, .json: true
        case .status, .header, .sha256, .maxTime, .content, .served, .contentType, .plausibleType: false
        }
    }

    /// True if a regular expression is searched for.
    var hasPattern: Bool {
        switch self {
        case .matches, .header(_, .pattern): true
        default: false
        }
    }

    var isContentType: Bool {
        switch self {
        case .contentType, .plausibleType: true
        default: false
        }
    }

    /// - Returns: nil if the answer meets the expectation.
    /// - Throws: `CancellationError` once the flag is raised.
    func mismatch(in answer: Answer, until flag: CancellationFlag) throws -> Mismatch? {
        try flag.check()
        return switch self {
        case .status(let expected):
            expected.contains(answer.status) ? nil : Mismatch("status \(expected)", answer.shownStatus)
        case .header(let name, let expected): try expected.mismatch(of: name, in: answer, until: flag)
        case .contains(let text):
            answer.body.position(of: text) == nil
                ? Mismatch("the body to contain \(Excerpt(text))", answer.near(text)) : nil
        case .notContains(let text):
            answer.body.position(of: text).map {
                Mismatch("the body not to contain \(Excerpt(text))", "\(Excerpt(answer.body, around: $0))")
            }
        case .matches(let pattern):
            try pattern.mismatch(in: [answer.text], "the body to match", answer.shownBody, until: flag)
        case .json(let path, let expected): expected.mismatch(at: path, in: answer)
        case .sha256(let expected):
            answer.sha256 == expected
                ? nil : Mismatch("the SHA-256 \(expected)", "\(answer.sha256) of \(answer.shownSize)")
        case .maxTime(let limit):
            answer.time <= limit
                ? nil : Mismatch("an answer within \(limit.text)", "it after \(answer.time.text)")
        case .content(let entry): entry.mismatch(in: answer)
        case .served(let entry, let host): entry.mismatch(in: answer, servedBy: host)
        case .contentType(let expected): MediaType.mismatch(expected, in: answer)
        case .plausibleType(let expected): MediaType.contradiction(of: expected, in: answer)
        }
    }
}

/// What was expected and what came, for a sentence.
struct Mismatch: Hashable, Sendable {
    var expected: String
    var got: String

    init(_ expected: String, _ got: String) {
        self.expected = expected
        self.got = got
    }

    var text: String { "expected \(expected), got \(got)" }
}

extension HeaderExpectation {
    fileprivate func mismatch(of name: String, in answer: Answer, until flag: CancellationFlag) throws -> Mismatch? {
        let values = answer.headers.values(name) + [answer.header(name)].compactMap { $0 }
        let got = answer.header(name).map { "\(Excerpt($0))" } ?? "no such header"
        return switch self {
        case .text(let text):
            values.contains(text) ? nil : Mismatch("the header `\(name)` to be \(Excerpt(text))", got)
        case .pattern(let pattern):
            try pattern.mismatch(in: values, "the header `\(name)` to match", got, until: flag)
        case .absent: values.isEmpty ? nil : Mismatch("no header `\(name)`", got)
        }
    }
}

extension ManifestEntry {
    /// - Parameter host: nil for any.
    fileprivate func mismatch(in answer: Answer, servedBy host: String?) -> Mismatch? {
        if let host, (try? HTTPURL(answer.url))?.host != host {
            return Mismatch(described, "a redirect to \(Excerpt(answer.url))")
        }
        guard let mismatch = mismatch(in: answer) else { return nil }
        return (200..<300).contains(answer.status) ? mismatch : Mismatch(described, "status \(answer.shownStatus)")
    }
}

extension Pattern {
    /// - Parameters:
    ///   - expected: the part of the sentence before the expression.
    ///   - got: what is said of the texts if none matches.
    fileprivate func mismatch(
        in texts: [String], _ expected: String, _ got: String, until flag: CancellationFlag
    ) throws -> Mismatch? {
        do {
            return try expression.isFound(in: texts, until: flag)
                ? nil : Mismatch("\(expected) \(Excerpt(text))", got)
        } catch let error as RegularExpression.TooMuchWork {
            return Mismatch(
                "\(expected) \(Excerpt(text))",
                "none up to byte \(error.offset), where the search was given up: it takes too much work (let fewer "
                    + "repetitions of the expression begin at one place, or use `contains`)")
        }
    }
}

extension JSONExpectation {
    fileprivate func mismatch(at path: String, in answer: Answer) -> Mismatch? {
        let expected = "`\(path)` to be \(Excerpt(text)) in the JSON"
        do {
            switch try JSONSearch.value(at: path, in: answer.body) {
            case nil: return Mismatch(expected, "none there: \(Excerpt(answer.body, around: 0))")
            case .some(let found) where holds(for: found.value): return nil
            case .some(let found):
                let bytes = found.value.map { Array($0.asText.utf8) } ?? Array(answer.body[found.place])
                return Mismatch(expected, found.value == .null ? "`null`" : "\(Excerpt(bytes, around: 0))")
            }
        } catch {
            return Mismatch(expected, "a body that is not JSON: \(Excerpt(answer.body, around: 0))")
        }
    }
}

extension Answer {
    fileprivate var shownStatus: String {
        if let location = headers["location"] { return "\(status) to \(Excerpt(location))" }
        return body.isEmpty ? "\(status)" : "\(status) with \(Excerpt(body, around: 0))"
    }

    fileprivate var shownBody: String { size == 0 ? "an empty one" : "\(Excerpt(body, around: 0))" }

    var shownSize: String { size == 0 ? "an empty body" : "\(size) bytes: \(Excerpt(body, around: 0))" }

    /// The body around the place that comes nearest to the text.
    fileprivate func near(_ text: String) -> String {
        guard size > 0 else { return "an empty one" }
        return "\(Excerpt(body, around: body.positionOfLongestPrefix(of: text) ?? 0))"
    }
}
