/// A settings file of AWS's tools: sections of `name = value` lines.
struct ConfigFile {
    struct Section: Hashable {
        /// The text between the brackets, such as `profile deploy`.
        var name: String
        /// Names are in lower case; those that are indented below a name without a value are `name.below`.
        var values: [String: String] = [:]
    }

    var sections: [Section] = []

    /// Lines without a meaning are ignored, as in AWS's own tools; a value extends to the end of its line.
    init(_ text: String) {
        var parent: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let isIndented = line.first == " " || line.first == "\t"
            let content = line.trimmed
            guard let first = content.first, first != "#", first != ";" else { continue }
            if first == "[", !isIndented {
                parent = nil
                guard let end = content.firstIndex(of: "]") else { continue }
                sections.append(Section(name: Self.normalized(content[content.index(after: content.startIndex)..<end])))
                continue
            }
            guard !sections.isEmpty, let equals = content.firstIndex(of: "=") else { continue }
            let name = content[..<equals].trimmed.lowercased()
            let value = String(content[content.index(after: equals)...].trimmed)
            guard !name.isEmpty else { continue }
            if isIndented {
                if let parent { sections[sections.count - 1].values["\(parent).\(name)"] = value }
            } else {
                sections[sections.count - 1].values[name] = value
                parent = value.isEmpty ? name : nil
            }
        }
    }

    /// Puts one space between words, and drops quotes: `profile "my name"` is `profile my name`.
    private static func normalized(_ name: Substring) -> String {
        let words = name.split { $0 == " " || $0 == "\t" }
        guard words.count > 1 else { return words.first.map(String.init) ?? "" }
        let rest = name.trimmed.dropFirst(words[0].count).trimmed
        let quote = rest.first
        let isQuoted = rest.count > 1 && (quote == "\"" || quote == "'") && rest.last == quote
        return words[0] + " " + (isQuoted ? rest.dropFirst().dropLast() : rest)
    }
}

extension Substring {
    /// The text without white space at its ends.
    var trimmed: Substring {
        var rest = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        while let last = rest.last, last == " " || last == "\t" || last == "\r" { rest.removeLast() }
        return rest
    }
}
