/// Finds the known word that a misspelt one was most likely meant to be.
public enum Suggestion {
    /// The nearest candidate by edit distance, if it is near enough to be a plausible slip.
    ///
    /// Words that nobody types are left alone, as are candidates beyond the first thousand: what is compared may come
    /// from a file.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let word = word.lowercased()
        let length = word.unicodeScalars.count
        guard length <= longestWord else { return nil }
        let limit = max(1, word.count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates.lazy.prefix(mostCandidates) {
            guard abs(candidate.unicodeScalars.count - length) <= limit else { continue }
            let distance = distance(word, candidate.lowercased())
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    private static let longestWord = 64
    private static let mostCandidates = 1_000
    private static let mostListed = 40

    /// Ready for a problem's help: ``did you mean `store`?`` or the list of what there is.
    public static func help(for word: String, among candidates: [String]) -> String {
        if let nearest = nearest(to: word, among: candidates) { return "did you mean `\(nearest)`?" }
        guard !candidates.isEmpty else { return "there are none here" }
        let more = candidates.count - mostListed
        let listed = more > 1 ? Array(candidates.sorted().prefix(mostListed)) : candidates.sorted()
        return "there are: \(listed.joined(separator: ", "))" + (more > 1 ? " and \(more) more" : "")
    }

    /// The Damerau-Levenshtein distance with adjacent transpositions.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let substitution = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
                var best = min(last[column] + 1, current[column - 1] + 1, substitution)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, beforeLast[column - 2] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
