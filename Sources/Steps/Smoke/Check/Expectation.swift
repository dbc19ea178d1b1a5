internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import Releases

/// One thing that an answer has to be.
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
    case contentType(String)

    var readsBody: Bool {
        switch self {
        case .contains, .notContains, .matches, .json: true
        case .status, .header, .sha256, .maxTime, .content, .contentType: false
        }
    }

    /// - Returns: nil where it holds.
    func mismatch(in answer: Answer) -> Mismatch? {
        switch self {
        case .status(let expected):
            expected.contains(answer.status) ? nil : Mismatch("status \(expected)", answer.shownStatus)
        case .header(let name, let expected): expected.mismatch(of: name, in: answer)
        case .contains(let text):
            answer.body.position(of: text) == nil
                ? Mismatch("the body to contain \(Excerpt(text))", answer.near(text)) : nil
        case .notContains(let text):
            answer.body.position(of: text).map {
                Mismatch("the body not to contain \(Excerpt(text))", "\(Excerpt(answer.body, around: $0))")
            }
        case .matches(let pattern):
            pattern.isFound(in: answer.text)
                ? nil : Mismatch("the body to match \(Excerpt(pattern.text))", answer.shownBody)
        case .json(let path, let expected): expected.mismatch(at: path, in: answer)
        case .sha256(let expected):
            answer.sha256 == expected
                ? nil : Mismatch("the SHA-256 \(expected)", "\(answer.sha256) of \(answer.shownSize)")
        case .maxTime(let limit):
            answer.time <= limit
                ? nil : Mismatch("an answer within \(limit.text)", "it after \(answer.time.text)")
        case .content(let entry): entry.mismatch(in: answer)
        case .contentType(let expected): MediaType.mismatch(expected, in: answer)
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
    fileprivate func mismatch(of name: String, in answer: Answer) -> Mismatch? {
        let values = answer.headers.values(name) + [answer.header(name)].compactMap { $0 }
        let got = answer.header(name).map { "\(Excerpt($0))" } ?? "no such header"
        return switch self {
        case .text(let text):
            values.contains(text) ? nil : Mismatch("the header `\(name)` to be \(Excerpt(text))", got)
        case .pattern(let pattern):
            values.contains { pattern.isFound(in: $0) }
                ? nil : Mismatch("the header `\(name)` to match \(Excerpt(pattern.text))", got)
        case .absent: values.isEmpty ? nil : Mismatch("no header `\(name)`", got)
        }
    }
}

extension JSONExpectation {
    fileprivate func mismatch(at path: String, in answer: Answer) -> Mismatch? {
        let expected = "`\(path)` to be \(Excerpt(text)) in the JSON"
        guard let root = try? JSONDecoder().decode(Value.self, from: Data(answer.body)) else {
            return Mismatch(expected, "a body that is no JSON: \(Excerpt(answer.body, around: 0))")
        }
        guard let value = root.at(path: path) else {
            return Mismatch(expected, "none there: \(Excerpt(answer.body, around: 0))")
        }
        return holds(for: value)
            ? nil : Mismatch(expected, "\(Excerpt(value.asText.isEmpty ? value.json : value.asText))")
    }
}

extension Answer {
    fileprivate var shownStatus: String {
        if let location = headers["location"] { return "\(status) to \(Excerpt(location))" }
        return body.isEmpty ? "\(status)" : "\(status) with \(Excerpt(body, around: 0))"
    }

    fileprivate var shownBody: String { size == 0 ? "an empty one" : "\(Excerpt(body, around: 0))" }

    var shownSize: String { size == 0 ? "an empty body" : "\(size) bytes: \(Excerpt(body, around: 0))" }

    /// The body around where it comes nearest to the text.
    fileprivate func near(_ text: String) -> String {
        guard size > 0 else { return "an empty one" }
        return "\(Excerpt(body, around: body.positionOfLongestPrefix(of: text) ?? 0))"
    }
}
