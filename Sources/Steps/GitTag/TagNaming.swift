internal import PipelineKit
internal import Releases
internal import TextCoding

/// How tags name releases: a prefix is taken off, and each `+`, which the name of a release cannot have, becomes `_`.
///
/// Semantic Versioning has no `_`, so two versions never get one name. Tags that have both characters can.
struct TagNaming: Sendable {
    /// What the tags begin with. A tag without it is not looked at.
    var prefix = ""
    /// How long a name may be, in bytes.
    var room = ReleaseVersion.maximumLength

    struct Refusal: Sendable, Equatable {
        var tag: String
        /// A part of a sentence after "it".
        var reason: String
    }

    /// The tags that can name a release, the best one first, and those that cannot. Of two that count the same, the
    /// earlier one stays before the other.
    func sorted(_ tags: [String]) -> (named: [ReleaseTag], refused: [Refusal]) {
        let ours = tags.filter { $0.utf8.starts(with: prefix.utf8) }
        let named = ours.compactMap(named).enumerated().sorted { left, right in
            if left.element.isBetter(than: right.element) { return true }
            return !right.element.isBetter(than: left.element) && left.offset < right.offset
        }
        return (named.map(\.element), ours.compactMap(refusal))
    }

    /// The release that a tag names; nil if it names none.
    func named(_ tag: String) -> ReleaseTag? {
        guard tag.utf8.starts(with: prefix.utf8), problem(with: tag) == nil else { return nil }
        return ReleaseTag(tag: tag, text: text(of: tag), name: name(of: tag))
    }

    private func refusal(of tag: String) -> Refusal? {
        problem(with: tag).map { Refusal(tag: tag, reason: $0) }
    }

    private func problem(with tag: String) -> String? {
        let name = name(of: tag)
        if let problem = ReleaseVersion.problem(with: name) { return problem }
        guard name.utf8.count > room else { return nil }
        return "is longer than \(room) bytes, and the run's id takes the other \(ReleaseVersion.maximumLength - room)"
    }

    private func name(of tag: String) -> String { text(of: tag).replacing("+", with: "_") }

    /// The tag without the prefix. By bytes: git compares so.
    func text(of tag: String) -> String {
        String(decoding: tag.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

/// A tag that can name a release.
struct ReleaseTag: Sendable, Equatable {
    /// As git has it.
    let tag: String
    /// The release's.
    let name: String
    private let form: Form

    /// - Parameter text: the tag without its prefix.
    init(tag: String, text: String, name: String) {
        (self.tag, self.name) = (tag, name)
        form = Form(text)
    }

    /// What a tag looks like, which says how likely it is meant as the name of a release: `latest` and `production`
    /// move from commit to commit.
    private enum Form: Sendable, Equatable {
        /// A version by Semantic Versioning, with or without `v` in front.
        case version(SemanticVersion)
        /// Begins with a number: `v2`, `1.4`, `2026-01-31`.
        case number
        /// Has a number with a dot: `release-1.4`.
        case numbered
        case word

        init(_ text: String) {
            let isMarked = text.first.map { "vV".contains($0) } ?? false
            let number = isMarked ? text.dropFirst() : text[...]
            if let version = SemanticVersion(String(number)) {
                self = .version(version)
            } else if number.utf8.first?.isASCIIDigit == true {
                self = .number
            } else {
                self = text.contains(/[0-9]\.[0-9]/) ? .numbered : .word
            }
        }

        var rank: Int {
            switch self {
            case .version: 0
            case .number: 1
            case .numbered: 2
            case .word: 3
            }
        }
    }

    func isBetter(than other: ReleaseTag) -> Bool {
        if case .version(let own) = form, case .version(let theirs) = other.form {
            return theirs.hasLowerPrecedence(than: own)
        }
        return form.rank < other.form.rank
    }
}
