public import SystemPackage

/// Where a pipeline's relative paths start: the folder that holds `pipelines` with the file, or the top of its git
/// checkout, or else the file's folder.
public struct Project: Hashable, Sendable {
    /// The absolute path of that folder.
    public var folder: FilePath
    /// The folder of the pipeline file, for advice; nil if it is not known.
    public var pipelines: FilePath?

    public init(folder: FilePath, pipelines: FilePath? = nil) {
        self.folder = folder
        self.pipelines = pipelines
    }

    /// Returns an option's path, made absolute.
    public func path(_ text: String) -> FilePath {
        let path = FilePath(text)
        return path.isAbsolute ? path.lexicallyNormalized() : folder.pushing(path).lexicallyNormalized()
    }
}
