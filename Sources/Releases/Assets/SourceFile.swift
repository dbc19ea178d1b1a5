/// A file of a source folder, before anything of its content is known.
public struct SourceFile: Hashable, Sendable {
    /// The path below the folder, with `/` between its parts.
    public var key: String
    /// Absolute path of the bytes; if the entry is a link, of what it leads to.
    public var path: String

    public init(key: String, path: String) {
        self.key = key
        self.path = path
    }
}
