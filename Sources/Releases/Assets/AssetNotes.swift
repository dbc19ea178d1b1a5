/// What is worth a warning about the files of a site, collected as they stream by.
public struct AssetNotes: Sendable {
    /// Files whose names look like hashes of their content, and now have other content than visitors have.
    public var misnamed = FileSample()
    private var otherCharset = FileSample()
    private var plus = FileSample()
    private var decomposed = FileSample()
    /// Patterns that no file has matched yet.
    private var unused: [Glob]
    private let inFolder: Bool

    public init(_ rules: HeaderRules, inFolder: Bool) {
        self.inFolder = inFolder
        unused = rules.patterns
    }

    /// - Parameter entry: what is stored of the file.
    public mutating func note(_ asset: Asset, _ entry: ManifestEntry) {
        let key = asset.key
        if !unused.isEmpty { unused.removeAll { $0.matches(key) } }
        if key.utf8.contains(where: { $0 >= 0x80 }), SpellingCheck.isDecomposed(key) { decomposed.add(key) }
        if !inFolder, key.utf8.contains(UInt8(ascii: "+")) { plus.add(key) }
        let type = ContentType.of(key)
        if entry.contentType == asset.contentType, ContentType.saysUTF8(type),
            asset.contentType == ContentType.withoutCharset(type)
        {
            otherCharset.add(key)
        }
    }

    public var warnings: [String] {
        var warnings: [String] = []
        if misnamed.count > 0 {
            // A year in browsers is long: who believes the name would never get the new content.
            warnings.append(
                "\(misnamed.text): new content under a name that looks like a content hash, so caches "
                    + "must revalidate (`no-cache`)")
        }
        if otherCharset.count > 0 {
            warnings.append(
                "\(otherCharset.text): not UTF-8, so that the content type names no character set; "
                    + (inFolder
                        ? "the web server must not add one either (`charset off` in nginx)"
                        : "if the text does not name its own, a rule of `headers` can set the whole `content-type`"))
        }
        if plus.count > 0 {
            warnings.append(
                "\(plus.text): S3 reads a `+` in a URL as a space, so browsers do not get the file unless the link "
                    + "has `%2B` in its place; rename it")
        }
        if decomposed.count > 0 {
            warnings.append(
                "\(decomposed.text): an accent is a character of its own in the name (NFD, as some tools on macOS write), "
                    + "and a link that spells it as one character (NFC) does not find the file; rename it")
        }
        for pattern in unused { warnings.append("no file matches `\(pattern.pattern)` of `headers` or `immutable`") }
        return warnings
    }
}
