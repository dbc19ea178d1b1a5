/// The commit that is checked out, and what names it.
struct GitHead: Sendable, Equatable {
    struct Nearest: Sendable, Equatable {
        var tag: String
        /// The release that the tag would name.
        var name: String
        /// In commits.
        var distance: Int
    }

    /// The full hash.
    var commit: String
    /// The committer's date, in ISO 8601 with its time zone.
    var date: String
    /// The same in UTC; nil if git cannot read what the commit says.
    var committedAt: String?
    /// The tags that point at the commit, in git's order of versions, the highest first.
    var tags: [String]
    /// The tag at the commit or at the nearest commit before it. Only tags that can name a release count.
    var nearest: Nearest?
    /// Lines of git's status: two letters, a space and the path.
    var changes: [String]

    var isDirty: Bool { !changes.isEmpty }
    var shortCommit: String { String(commit.prefix(12)) }

    var describe: String {
        let place = nearest.map { "\($0.name)-\($0.distance)-g\(shortCommit)" } ?? shortCommit
        return isDirty ? place + "-dirty" : place
    }
}

extension GitHead {
    /// Reads `<tag>-<distance>-g<commit>`; a tag may itself have such parts, so it is read from the end.
    static func parts(ofDescribe text: String) -> (tag: String, distance: Int)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[parts.count - 1].first == "g", let distance = Int(parts[parts.count - 2]) else {
            return nil
        }
        return (parts.dropLast(2).joined(separator: "-"), distance)
    }
}
