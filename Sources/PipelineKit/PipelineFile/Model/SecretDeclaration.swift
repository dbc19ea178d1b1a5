/// A secret that the file names. Only a run or a plan looks its value up.
public struct SecretDeclaration: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// An environment variable.
        case environment(String)
        /// A file's path, relative to the project.
        case file(String)
    }

    public var name: String
    public var source: Source
    /// The value if the source has none; nil if a run needs the secret. It is in the file for everyone to read, so it is
    /// no secret itself.
    public var fallback: String?
    public var mark: SourceMark

    public init(
        name: String, source: Source, fallback: String? = nil, mark: SourceMark = SourceMark(line: 1, column: 1)
    ) {
        self.name = name
        self.source = source
        self.fallback = fallback
        self.mark = mark
    }
}
