internal import PipelineKit
internal import Releases
internal import SystemPackage

/// What a step mirrors: an asset list, made here if the step has a `source`.
struct MirrorSource: Sendable {
    let list: FilePath
    /// The folder that the files come from; nil if the list does not say.
    let folder: FilePath?

    /// A `source` is listed once, by `prepare`. Into a folder, what is written is what was looked at; a bucket is
    /// compared by other means than SHA-256, and a file is hashed as it is sent.
    init(_ options: Mirror.Options, _ filter: AssetFilter, isFirstLook: Bool, in context: StepContext) async throws {
        guard let source = options.source else {
            let list = context.project.path(options.assets ?? "")
            self.list = list
            folder = try AssetList.Reader(list).next().flatMap { Self.folder(of: $0) }
            return
        }
        let (list, folder) = (context.folder.appending("source.jsonl"), context.project.path(source))
        if isFirstLook || (try? AssetList.Reader(list)) == nil {
            do {
                _ = try await SourceListing.write(
                    source, in: context.project, filter, to: list, hashes: options.to.isFolder, context.progress)
            } catch is NothingToDeploy {
                try AssetList.Writer(list).finish()
            }
        }
        self.list = list
        self.folder = folder
    }

    /// In a list that does not say: the path of the original without the key at its end.
    private static func folder(of asset: Asset) -> FilePath? {
        if let site = asset.site { return FilePath(site) }
        let path = (asset.original?.path ?? asset.path).utf8
        let ending = ("/" + asset.key).utf8
        guard path.reversed().starts(with: ending.reversed()) else { return nil }
        return String(path.dropLast(ending.count)).map { FilePath($0) }
    }
}
