/// The known keys that the unknown keys of one mapping were most likely meant to be.
///
/// A misspelt key is read as the key that it means, so that one slip causes one error: nothing that it gives is
/// reported as missing, and its value is checked as well.
struct KeySpelling {
    private var meanings: [String: String] = [:]

    /// - Parameter known: the keys that the mapping can have. One that it has already is not meant by another.
    init(_ fields: [Node.Field], among known: [String]) {
        guard fields.contains(where: { !known.contains($0.key) }) else { return }
        var free = known.filter { name in !fields.contains { $0.key == name } }
        for field in fields where !known.contains(field.key) {
            guard let meant = Suggestion.nearest(to: field.key, among: known), let index = free.firstIndex(of: meant)
            else { continue }
            meanings[field.key] = meant
            free.remove(at: index)
        }
    }

    /// Returns the known key, or the key itself if none is near.
    func meaning(of key: String) -> String { meanings[key] ?? key }

    /// Returns the fields with their keys as they were meant.
    func corrected(_ fields: [Node.Field]) -> [Node.Field] {
        if meanings.isEmpty { return fields }
        return fields.map { field in
            var field = field
            field.key = meaning(of: field.key)
            return field
        }
    }
}
