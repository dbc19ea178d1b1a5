/// Finds the known word that a misspelt one was most likely meant to be.
public enum Suggestion {
    /// Returns the nearest candidate by edit distance, if it is near enough to be a plausible slip.
    ///
    /// Words longer than anybody types are ignored, as are candidates beyond the first 500: what is compared may come
    /// from a file.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let word = word.lowercased()
        let length = word.unicodeScalars.count
        guard length <= longestWord else { return nil }
        let limit = max(1, word.count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates.lazy.prefix(mostCandidates) {
            guard abs(candidate.unicodeScalars.count - length) <= limit else { continue }
            guard let distance = distance(word, candidate.lowercased(), atMost: (best?.distance ?? limit + 1) - 1)
            else {
                continue
            }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    private static let longestWord = 64
    private static let mostCandidates = 500
    private static let mostListed = 40

    /// Returns the text for a problem's help: ``did you mean `store`?`` or the list of candidates.
    ///
    /// Of many candidates, those that are listed are taken from the first 500.
    public static func help(for word: String, among candidates: some Collection<String>) -> String {
        if let nearest = nearest(to: word, among: candidates) { return "did you mean `\(nearest)`?" }
        guard !candidates.isEmpty else { return "there are none here" }
        let more = candidates.count - mostListed
        let sorted = candidates.prefix(mostCandidates).sorted()
        let listed = more > 1 ? Array(sorted.prefix(mostListed)) : sorted
        return "available: \(listed.joined(separator: ", "))" + (more > 1 ? " and \(more) more" : "")
    }

    /// Computes the Damerau-Levenshtein distance with adjacent transpositions.
    ///
    /// - Returns: nil if it is more than `limit`.
    static func distance(_ left: String, _ right: String, atMost limit: Int = .max) -> Int? {
        let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        var beforeLast = Array(repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var current = beforeLast
        for row in 0..<left.count {
            current[0] = row + 1
            var least = row + 1
            for column in 0..<right.count {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(last[column + 1] + 1, current[column] + 1, substitution)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current[column + 1] = best
                least = min(least, best)
            }
            // A transposition builds on the row two before, and costs one more than the value there.
            if least > limit, last.allSatisfy({ $0 >= limit }) { return nil }
            (beforeLast, last, current) = (last, current, beforeLast)
        }
        return last[right.count] <= limit ? last[right.count] : nil
    }
}
