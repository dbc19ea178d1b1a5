internal import HTTP

/// Tells the answers to one repeated request apart: by body and ETag.
///
/// Of all answers, only the first is kept whole.
struct AnswerGroups {
    private struct Group {
        var numbers: [Int]
        var size: Int
        var sha256: String
        var etag: String?
        /// The body around the point at which it differs from the first answer's; for the first answer, from another's.
        var excerpt: Excerpt?
    }

    private var first: [UInt8] = []
    private var groups: [Group] = []
    private(set) var slowest = Duration.zero

    /// - Parameter number: of the request, from 1.
    mutating func add(_ answer: Answer, number: Int) {
        slowest = max(slowest, answer.time)
        let etag = answer.header("etag")
        let same = groups.firstIndex { group in
            group.size == answer.size && group.sha256 == answer.sha256 && group.etag == etag
        }
        if let same {
            groups[same].numbers.append(number)
            return
        }
        var group = Group(numbers: [number], size: answer.size, sha256: answer.sha256, etag: etag)
        if groups.isEmpty {
            first = answer.body
        } else if let place = answer.body.placeOfDifference(from: first) {
            group.excerpt = Excerpt(answer.body, around: place)
            groups[0].excerpt = groups[0].excerpt ?? Excerpt(first, around: place)
        }
        groups.append(group)
    }

    /// Says which requests got which answer; nil if all got the same.
    var differences: String? {
        guard groups.count > 1 else { return nil }
        let shown = groups.prefix(4).map { group in
            let numbers = group.numbers.map(String.init).joined(separator: ", ")
            let name = group.numbers.count == 1 ? "request" : "requests"
            let etag = group.etag.map { "the ETag \(Excerpt($0)) and " } ?? ""
            let excerpt = group.excerpt.map { " of \($0)" } ?? ""
            return "\(name) \(numbers): \(etag)the SHA-256 \(group.sha256)\(excerpt)"
        }
        let more = groups.count > shown.count ? "; and \(groups.count - shown.count) others" : ""
        return "\(groups.count) different ones (" + shown.joined(separator: "; ") + more + ")"
    }
}

extension [UInt8] {
    /// Nil if the bytes that are kept do not differ.
    fileprivate func placeOfDifference(from other: [UInt8]) -> Int? {
        firstDifference(from: other) ?? (count == other.count ? nil : Swift.min(count, other.count))
    }
}
