internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// How the store's own folders are reached: from its root, which is held open, and through no link. Others may write into
/// a store, and a link that they put there must not decide what is read, written or deleted elsewhere.
///
/// The user's own links are not below the root: its path may lead through any. One is: `releases` itself may be a link
/// to another disk, if it belongs to this user or to root.
extension FolderStore {
    /// - Parameter path: below the root, such as `.runner/manifests`.
    /// - Returns: nil if there is no such folder.
    /// - Throws: `FileError`, also if a link or a file is in its place or on the way.
    func openFolder(_ path: String) throws -> OpenFolder? {
        do {
            return try openFolder(path, in: OpenFolder(root)) { try $0.folderIfThere($1) }
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// The same, and makes what is missing.
    ///
    /// - Throws: `FileError`; `StepError` with its code if it helps to make the store's folder by hand.
    func makeFolder(_ path: String) throws -> OpenFolder {
        try withHelpToMakeRoot {
            try makeRoot()
            let root = try OpenFolder(root)
            let mode = try Self.mode(ofFoldersIn: root)
            let folder = try openFolder(path, in: root) { try $0.makeFolders($1, mode: mode) }
            guard let folder else { throw FileError("make the folder", root.path(path), .noSuchFileOrDirectory) }
            return folder
        }
    }

    /// Runs what writes into the store, or looks whether it could. If that is denied and the store is empty or not there
    /// yet, the error's help says how to make its folder.
    func withHelpToMakeRoot<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as FileError where error.isDenied {
            guard let entries = try? DurableFile.entries(of: root), entries.isEmpty else { throw error }
            let help =
                error.errno == .readOnlyFileSystem
                ? "name a folder in `store` that may be written"
                : "make it once, as a folder of yours: `sudo install -d -o \"$(id -un)\" \(ShellWord.quoted(root.string))`"
            throw StepError(error.code, error.message, help: help)
        }
    }

    private func openFolder(
        _ path: String, in root: OpenFolder, _ open: (OpenFolder, String) throws -> OpenFolder?
    ) throws -> OpenFolder? {
        let top = "releases"
        guard path == top || path.hasPrefix(top + "/"), let target = try root.ownLink(top) else {
            return try open(root, path)
        }
        let releases = try OpenFolder(self.root.pushing(target))
        return path == top ? releases : try open(releases, path.withoutStart(top + "/"))
    }

    private func makeRoot() throws {
        if try FileStatus.isFolder(root) { return }
        try DurableFile.makeFolder(root, mode: Self.folderMode)
        chmod(root.string, Self.folderMode.rawValue)
    }

    /// The folder of a release; nil if there is none.
    func openFolder(of version: ReleaseVersion) throws -> OpenFolder? { try openFolder("releases/\(version)") }

    /// True if a release has a folder of its own: not a link to one, or a file.
    func hasFolder(of version: ReleaseVersion) throws -> Bool {
        try openFolder("releases")?.hasFolder(version.name) ?? false
    }
}
