internal import HTTP
internal import PipelineKit
internal import TextCoding

/// Checks that a text can be a check's URL.
enum URLRule {
    /// An empty URL passes, since it may come from an input whose step is skipped by its condition. It fails the step
    /// instead.
    static func check(_ text: String?, at mark: SourceMark, mayBePath: Bool, _ problems: ProblemList) {
        guard let text, !text.isEmpty else { return }
        let isPath = mayBePath && text.hasPrefix("/")
        do {
            _ = isPath ? try placeholder.with(target: text) : try HTTPURL(text)
            if isPath, text.hasPrefix("//") {
                problems.add("`url` begins with `//`", at: mark, help: "write one `/`, or `https://`")
            }
        } catch {
            problems.add(
                "`url` is not usable: \(error.detail)", at: mark,
                help: "write it as `https://host/path`, percent-encoded, without user name and password")
        }
    }

    private static var placeholder: HTTPURL {
        get throws(TransportError) { try HTTPURL("https://host/") }
    }
}

/// Refuses checks of the body with HEAD: its answer has none.
enum BodyRule {
    static func check(method: CheckMethod?, _ looksAtBody: Bool, at mark: SourceMark, _ problems: ProblemList) {
        guard method == .head, looksAtBody else { return }
        problems.add(
            "an answer to HEAD has no body, and the check looks at one", at: mark, help: "use `method: GET`")
    }
}

extension OptionCheck where Content == Duration {
    static var moreThanNothing: Self {
        Self(schema: Duration.moreThanNothing) { $0 > .zero ? nil : "must be longer than 0s" }
    }
}

extension OptionCheck where Content == Duration? {
    static var positive: Self {
        Self(schema: Duration.moreThanNothing) {
            $0.map { $0 > .zero } ?? true ? nil : "must be longer than 0s"
        }
    }
}

extension OptionCheck where Content == String? {
    /// Every body contains the empty text.
    static var given: Self {
        Self(schema: ["minLength": 1]) { $0?.isEmpty == true ? "must not be empty" : nil }
    }
}

extension OptionCheck {
    static func headerNames<Value>() -> Self where Content == [String: Value] {
        Self { headers in
            let wrong = headers.keys.sorted().first { name in
                name.isEmpty || !name.utf8.allSatisfy(\.isHTTPToken)
            }
            return wrong.map { "has `\($0)`, which is not a header name" }
        }
    }
}
