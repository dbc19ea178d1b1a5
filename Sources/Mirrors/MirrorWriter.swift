internal import CLinux
internal import Glibc
internal import PipelineKit
internal import Releases

/// Writes files of a mirror under names of their own, makes many of them durable at once, and then moves each into
/// place: a reader sees the old file or the new one, also after the machine has gone down.
///
/// It belongs to the thread that made it, which holds the target's lock.
final class MirrorWriter {
    private let flag: CancellationFlag
    private let root: OpenFolder
    private let folder: OpenFolder
    private let files = SiteFiles()
    private let copier = FileCopier()
    /// Written, and not in place yet.
    private var waiting: [WantedFile] = []
    private var waitingBytes = 0

    init(_ mirror: FolderMirror, _ flag: CancellationFlag) throws {
        self.flag = flag
        root = try OpenFolder(mirror.target.root)
        folder = try root.makeFolders(FolderMirror.workName, mode: FolderStore.folderMode)
        // Left by a run that was killed.
        for name in try folder.entries() { _ = folder.remove(name) }
    }

    /// - Throws: `StepError` `source-changed` if the bytes are no longer what the list says.
    func add(_ file: WantedFile) throws {
        let temporary = String(waiting.count)
        let copied = try copier.copy(try files.open(file.source), to: temporary, in: folder, flag)
        guard copied.size == file.size, copied.sha256 == file.sha256 else {
            _ = folder.remove(temporary)
            throw StepError(
                "source-changed",
                "`\(file.key)` was changed while it was mirrored: \(file.source.path) no longer has the bytes that were hashed",
                help: "wait for the build to finish, then run the pipeline again")
        }
        waiting.append(file)
        waitingBytes += file.size
        if waiting.count >= 1_000 || waitingBytes >= 256 << 20 { try flush() }
    }

    /// Moves what is waiting into place.
    func flush() throws {
        guard !waiting.isEmpty else { return }
        let descriptor = try folder.listable(".")
        let result = syncfs(descriptor)
        let failure = FileError.last("sync the file system of", folder.path)
        Glibc.close(descriptor)
        guard result == 0 else { throw failure }
        var targets = KeyFolders(root)
        for (number, file) in waiting.enumerated() {
            let place = try targets.made(for: file.key, mode: FolderStore.folderMode)
            try folder.rename(String(number), to: place.name, in: place.folder)
        }
        waiting = []
        waitingBytes = 0
    }

    /// Removes what did not come into place.
    func close() {
        for number in waiting.indices { _ = folder.remove(String(number)) }
        _ = root.removeFolder(FolderMirror.workName)
    }
}
