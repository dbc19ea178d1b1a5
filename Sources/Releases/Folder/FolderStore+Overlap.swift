public import PipelineKit
public import SystemPackage

extension FolderStore {
    public func copyFiles(
        namedBy list: FilePath, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws {
        // Another tool may write into the files of an adopted release; if they were linked, it would write into the
        // other one's too.
        let headers = [
            try await header(of: from, in: context.folder), try await header(of: into, in: context.folder),
        ]
        let mayLink = !headers.contains { $0?.adopted == true }
        try await BlockingWork.run { flag in
            let files = try FilesWithSiblings(of: list)
            let copier = FileCopier()
            guard let source = try openFolder(of: from) else { throw Self.fileGone(location(of: from)) }
            let target = try makeFolder("releases/\(into)")
            let mode = try Self.mode(ofFoldersIn: target)
            var (sources, targets) = (KeyFolders(source), KeyFolders(target))
            while let file = try files.next() {
                try flag.check()
                let new = try targets.made(for: file.key, mode: mode)
                let old = try sources.place(of: file.key)
                if mayLink {
                    let failure =
                        old.map { $0.folder.link($0.name, to: new.name, in: new.folder) } ?? .noSuchFileOrDirectory
                    if failure == nil || failure == .fileExists { continue }
                    guard failure != .noSuchFileOrDirectory else {
                        throw Self.fileGone(location(of: from) + "/" + file.key)
                    }
                } else if try new.folder.status(of: new.name) != nil {
                    continue
                }
                guard let old, try old.folder.status(of: old.name) != nil else {
                    throw Self.fileGone(location(of: from) + "/" + file.key)
                }
                _ = try copier.copy(try old.folder.file(old.name), to: new.name, in: new.folder, flag)
            }
        }
    }

    private static func fileGone(_ place: String) -> StepError {
        StepError(
            "file-gone", "\(place) is not there, although the release's manifest names it",
            help: "find out what else changes the store, and restore the file from a backup")
    }
}
