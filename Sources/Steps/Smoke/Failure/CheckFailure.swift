internal import HTTP
internal import PipelineKit

/// Why one check failed, and how to see it again.
struct CheckFailure: Sendable {
    /// A sentence that begins with the URL.
    var text: String
    var curl: String
    var retryClass: RetryClass = .failure
    var retryAfter: Duration?

    /// There is no answer.
    init(_ check: Check, _ number: Int, _ error: TransportError) {
        self.init(check, number, "no answer: \(error.detail)")
        retryClass = error.retryClass
    }

    /// - Returns: nil where the answer is as expected.
    init?(_ check: Check, _ number: Int, _ answer: Answer, at clock: any RunClock) {
        guard let expected = check.expectations.first else { return nil }
        // Of another page than the one that was meant, nothing else is worth a word.
        if case .status = expected, let mismatch = expected.mismatch(in: answer) {
            self.init(check, number, mismatch.text)
            guard answer.status == 429 || answer.status == 503 else { return }
            retryClass = .throttle
            retryAfter = RetryAfter.delay(answer.headers["retry-after"], at: clock.date)
            return
        }
        let mismatches = check.expectations.compactMap { $0.mismatch(in: answer) }
        guard !mismatches.isEmpty else { return nil }
        self.init(check, number, mismatches.map(\.text).joined(separator: ", and "))
    }

    private init(_ check: Check, _ number: Int, _ reason: String) {
        let which = check.times > 1 ? "request \(number) of \(check.times): " : ""
        self.init(text: "\(check.url): \(which)\(reason)", curl: CurlLine(check).description)
    }

    private init(text: String, curl: String) {
        self.text = text
        self.curl = curl
    }
}

/// A consistency check: a mix of two versions shows when the same page is asked for several times.
extension CheckFailure {
    /// - Returns: nil where all answers are the same.
    init?(_ check: Check, differencesIn answers: [Answer]) {
        let groups = AnswerGroup.all(answers)
        guard groups.count > 1, let first = groups.first else { return nil }
        let shown = groups.prefix(4).map { group in
            let place = group.answer.body.firstDifference(
                from: group.number == 1 ? groups[1].answer.body : first.answer.body)
            let body = "\(Excerpt(group.answer.body, around: place))"
            return "\(group.name) with \(group.title)" + (group.answer.size == 0 ? "" : " \(body)")
        }
        let more = groups.count > shown.count ? ", and \(groups.count - shown.count) others" : ""
        self.init(
            text: "\(check.url): expected the same answer \(check.times) times, got \(groups.count) different ones: "
                + shown.joined(separator: ", ") + more,
            curl: CurlLine(check).description)
    }
}

/// Answers that are the same.
private struct AnswerGroup {
    var numbers: [Int]
    var answer: Answer

    var number: Int { numbers[0] }

    /// In the order of their first answers.
    static func all(_ answers: [Answer]) -> [AnswerGroup] {
        var groups: [AnswerGroup] = []
        for (index, answer) in answers.enumerated() {
            if let same = groups.firstIndex(where: { $0.answer.isSame(as: answer) }) {
                groups[same].numbers.append(index + 1)
            } else {
                groups.append(AnswerGroup(numbers: [index + 1], answer: answer))
            }
        }
        return groups
    }

    var name: String {
        numbers.count == 1 ? "request \(number)" : "requests \(numbers.map(String.init).joined(separator: ", "))"
    }

    var title: String {
        (answer.header("etag").map { "the ETag \(Excerpt($0)) and " } ?? "")
            + "the SHA-256 \(answer.sha256.prefix(12))…"
    }
}

extension Answer {
    fileprivate func isSame(as other: Answer) -> Bool {
        size == other.size && sha256 == other.sha256 && header("etag") == other.header("etag")
    }
}

extension [UInt8] {
    fileprivate func firstDifference(from other: [UInt8]) -> Int {
        zip(self, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? Swift.min(count, other.count)
    }
}
