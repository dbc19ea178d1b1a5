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

    /// Why a value cannot be kept secret, as a sentence; nil if it can, or if it is none.
    func doubt(of value: String) -> String? {
        guard !value.isEmpty, value != fallback, SecretMasker.isTooShort(value) else { return nil }
        return
            "the secret `\(name)` has only \(CountText.text(value.count, "character")), so it is not masked: too much "
            + "other text would be"
    }
}

extension Pipeline {
    /// The doubts of secrets that are in files: those of variables are told when the file is read.
    ///
    /// - Parameter values: by name.
    func doubts(of values: [String: String]) -> [String] {
        secrets.compactMap { secret in
            guard case .file = secret.source else { return nil }
            return values[secret.name].flatMap(secret.doubt)
        }
    }
}
