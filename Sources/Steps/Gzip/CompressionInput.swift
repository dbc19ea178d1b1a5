internal import Releases

/// Where the files to compress come from.
enum CompressionInput {
    case list(AssetList.Reader)
    case folder(AssetScanner)

    /// Opens the files that it names.
    var files: SiteFiles {
        switch self {
        case .list: SiteFiles()
        case .folder(let scanner): scanner.files
        }
    }

    func next() throws -> CompressionItem? {
        switch self {
        case .list(let reader): try reader.next().map { .asset($0) }
        case .folder(let scanner): try scanner.next().map { .file($0) }
        }
    }
}

enum CompressionItem: Sendable {
    case asset(Asset)
    /// A file whose hash is not known yet.
    case file(SourceFile)
}
