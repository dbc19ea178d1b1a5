internal import Glibc
public import PipelineKit
public import SystemPackage

extension FolderStore {
    public func copyFiles(
        namedBy list: FilePath, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws {
        let (source, target) = (folder(of: from), folder(of: into))
        // Another tool may write into the files of an adopted release; if they were linked, it would write into the
        // other one's too.
        let headers = [
            try await header(of: from, in: context.folder), try await header(of: into, in: context.folder),
        ]
        let mayLink = !headers.contains { $0?.adopted == true }
        try await BlockingWork.run { flag in
            let files = try FilesWithSiblings(of: list)
            let copier = FileCopier()
            while let file = try files.next() {
                try flag.check()
                let old = FilePath(source.string + "/" + file.key)
                let new = FilePath(target.string + "/" + file.key)
                try makeFolders(to: new)
                if mayLink {
                    if link(old.string, new.string) == 0 || errno == EEXIST { continue }
                    guard errno != ENOENT else { throw Self.fileGone(location(of: from) + "/" + file.key) }
                } else {
                    if try FileStatus.exists(new) { continue }
                    guard try FileStatus.exists(old) else {
                        throw Self.fileGone(location(of: from) + "/" + file.key)
                    }
                }
                _ = try copier.copy(old, to: new, flag)
            }
        }
    }

    private static func fileGone(_ place: String) -> StepError {
        StepError(
            "file-gone", "\(place) is not there, although the release's manifest names it",
            help: "find out what else changes the store, and restore the file from a backup")
    }
}
