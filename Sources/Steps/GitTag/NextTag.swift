internal import PipelineKit
internal import TextCoding

extension TagNaming {
    /// A tag to advise: the next version after those that there are, one that the step would take and that git has not
    /// yet.
    ///
    /// - Parameters:
    ///   - tags: all that match the pattern.
    ///   - pattern: which tags the step looks at; nil for all of them.
    /// - Returns: nil if the pattern does not tell what a tag may look like.
    func next(after tags: [String], matching pattern: String?) -> String? {
        guard let beginning = beginning(of: pattern) else { return nil }
        let versions = tags.compactMap { tag -> TagVersion? in
            named(tag) == nil || !tag.hasPrefix(beginning) ? nil : TagVersion(text(of: tag))
        }
        let highest = versions.max { $0.isLower(than: $1) }
        // A prefix that ends so is the beginning of the version itself, or has a mark of its own.
        let isMarked = beginning.last.map { !"vV@".contains($0) } ?? true
        let next = highest?.next ?? (isMarked ? "v1.0.0" : "1.0.0")
        let whole = highest == nil ? beginning + next : prefix + next
        return tags.contains(whole) || !whole.hasPrefix(beginning) || named(whole) == nil ? nil : whole
    }

    /// What every tag of the pattern begins with, if a pattern says no more than that.
    private func beginning(of pattern: String?) -> String? {
        guard let pattern else { return prefix }
        guard pattern.last == "*" else { return nil }
        let beginning = pattern.dropLast()
        guard !beginning.contains(where: { "*?[\\".contains($0) }) else { return nil }
        return beginning.hasPrefix(prefix) ? String(beginning) : prefix.hasPrefix(beginning) ? prefix : nil
    }

    /// The beginning of a tag without which it could name a release: `site/` of `site/v1.2.3`, `shop@` of `shop@2.1.0`.
    func prefix(of tag: String) -> String? {
        guard prefix.isEmpty, let end = tag.lastIndex(where: { "/@".contains($0) }) else { return nil }
        let beginning = String(tag[...end])
        return TagNaming(prefix: beginning, room: room).named(tag) == nil ? nil : beginning
    }
}

/// A tag that is a version of one to three numbers: `v1.2.3`, `2.0.0-rc.1`, `v7`.
private struct TagVersion {
    var numbers: [Int]
    /// `v`, or nothing.
    let mark: Substring
    /// Whether it comes before the version that its numbers say.
    let isPreRelease: Bool

    /// - Returns: nil for what is no version, such as a date.
    init?(_ text: String) {
        mark = text.prefix(1).allSatisfy { "vV".contains($0) } ? text.prefix(1) : ""
        let core = Substring(text.dropFirst(mark.count).utf8.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") })
        let rest = text.dropFirst(mark.count + core.count)
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        numbers = parts.compactMap { part in Int(part).flatMap { String($0) == part ? $0 : nil } }
        isPreRelease = rest.first == "-" && rest.dropFirst().first?.isLetter == true
        guard (1...3).contains(parts.count), numbers.count == parts.count,
            rest.isEmpty || isPreRelease || rest.first == "+"
        else { return nil }
    }

    func isLower(than other: TagVersion) -> Bool {
        let (own, theirs) = (numbers + [0, 0], other.numbers + [0, 0])
        for (own, theirs) in zip(own, theirs) where own != theirs { return own < theirs }
        return isPreRelease && !other.isPreRelease
    }

    /// The lowest that is higher; nothing is higher than the greatest number.
    var next: String {
        var numbers = numbers
        if !isPreRelease {
            let last = numbers.lastIndex { $0 < .max } ?? 0
            numbers[last] += numbers[last] < .max ? 1 : 0
        }
        return mark + numbers.map { String($0) }.joined(separator: ".")
    }
}
