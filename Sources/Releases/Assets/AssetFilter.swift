/// Decides which files of a source folder belong to the site.
///
/// Hidden files do (`.well-known`). `.git` and `.runner` never do, nor what file managers and editors leave behind:
/// `.DS_Store`, `Thumbs.db`, `*~`, `.*.swp`, `#*#`, `.#*`.
public struct AssetFilter: Sendable {
    private let include: [Glob]
    private let exclude: [Glob]
    /// The patterns that end with `/**`, without that ending. A folder that matches one has no file of the site.
    private let excludedFolders: [Glob]
    /// True if links that lead out of the source folder are followed.
    let followsLinksOut: Bool

    /// - Parameter include: patterns of keys; without any, every file is included.
    public init(include: [Glob] = [], exclude: [Glob] = [], followsLinksOut: Bool = false) {
        self.include = include
        self.exclude = exclude
        self.followsLinksOut = followsLinksOut
        excludedFolders = exclude.compactMap { glob in
            guard glob.pattern.hasSuffix("/**") else { return nil }
            return try? Glob(String(glob.pattern.dropLast(3)))
        }
    }

    package func takesFile(_ key: String, named name: some StringProtocol) -> Bool {
        !Self.isNoPart(name) && !Self.isLeftover(name) && !exclude.matchAny(key)
            && (include.isEmpty || include.matchAny(key))
    }

    /// True if the filter takes the file of a key, and each folder on the way to it.
    package func takesKey(_ key: String) -> Bool {
        var start = key.startIndex
        for slash in key.utf8.indices where key.utf8[slash] == UInt8(ascii: "/") {
            guard entersFolder(String(key[..<slash]), named: key[start..<slash]) else { return false }
            start = key.utf8.index(after: slash)
        }
        return takesFile(key, named: key[start...])
    }

    package func entersFolder(_ key: String, named name: some StringProtocol) -> Bool {
        !Self.isNoPart(name) && !excludedFolders.matchAny(key)
    }

    /// `.git` is a file in a submodule or a linked work tree.
    static func isNoPart(_ name: some StringProtocol) -> Bool {
        // Some file systems do not tell `.GIT` from `.git`.
        name.utf8.first == UInt8(ascii: ".")
            && (name == ".runner" || name.utf8.count == 4 && name.lowercased() == ".git")
    }

    private static func isLeftover(_ name: some StringProtocol) -> Bool {
        switch name.utf8.first {
        case UInt8(ascii: "."):
            name == ".DS_Store" || name.hasSuffix(".swp") || name.hasPrefix(".#") || name.hasSuffix("~")
        case UInt8(ascii: "#"): name.utf8.count > 1 && name.hasSuffix("#")
        default: name.hasSuffix("~") || name == "Thumbs.db"
        }
    }
}
