/// What is stored for one release.
public struct ReleaseContents: Hashable, Sendable {
    /// The files that its manifest names and that are there.
    public internal(set) var files = 0
    /// The bytes that deleting them frees: none for a file that is shared with a release that stays.
    public internal(set) var freed = 0
    /// The first entries that no manifest names, in the order of their keys; folders end with `/`.
    public private(set) var unknown: [String] = []
    public private(set) var unknownCount = 0
    /// What is in the place of the release's folder, if that is not a folder: "a link", "a file".
    public internal(set) var replacement: String?

    mutating func addUnknown(_ key: String) {
        unknownCount += 1
        if unknown.count < 10 { unknown.append(key) }
    }

    /// For a message: `notes.txt, old/x and 3 more`.
    public var unknownText: String {
        let shown = unknown.map { "`\($0)`" }.joined(separator: ", ")
        return unknownCount > unknown.count ? "\(shown) and \(unknownCount - unknown.count) more" : shown
    }
}
