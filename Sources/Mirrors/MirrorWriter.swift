internal import CLinux
internal import Glibc
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Writes files of a mirror under names of their own, makes many of them durable at once, and then moves each into
/// place: a reader sees the old file or the new one, also after the machine has gone down.
///
/// It belongs to the thread that made it, which holds the target's lock.
final class MirrorWriter {
    private let mirror: FolderMirror
    private let flag: CancellationFlag
    private let folder: FilePath
    private let copier = FileCopier()
    /// Written, and not in place yet.
    private var waiting: [WantedFile] = []
    private var waitingBytes = 0

    init(_ mirror: FolderMirror, _ flag: CancellationFlag) throws {
        self.mirror = mirror
        self.flag = flag
        folder = mirror.path(FolderMirror.workName)
        if try !FolderStore.isRealFolder(folder) { try DurableFile.makeFolder(folder, mode: FolderStore.folderMode) }
        // Left by a run that was killed.
        for name in try DurableFile.entries(of: folder) { unlink(folder.appending(name).string) }
    }

    /// - Throws: `StepError` `source-changed` if the bytes are no longer what the list says.
    func add(_ file: WantedFile) throws {
        let temporary = temporary(waiting.count)
        let copied = try copier.copy(FilePath(file.path), to: temporary, flag)
        guard copied.size == file.size, copied.sha256 == file.sha256 else {
            unlink(temporary.string)
            throw StepError(
                "source-changed",
                "`\(file.key)` was changed while it was mirrored: \(file.path) no longer has the bytes that were hashed",
                help: "wait for the build to finish, then run the pipeline again")
        }
        waiting.append(file)
        waitingBytes += file.size
        if waiting.count >= 1_000 || waitingBytes >= 256 << 20 { try flush() }
    }

    /// Moves what is waiting into place.
    func flush() throws {
        guard !waiting.isEmpty else { return }
        let descriptor = try DurableFile.open(folder, .readOnly, options: [.directory])
        defer { try? descriptor.close() }
        guard syncfs(descriptor.rawValue) == 0 else {
            throw FileError.last("sync the file system of", folder)
        }
        for (number, file) in waiting.enumerated() {
            try makeFolder(for: file.key)
            try DurableFile.rename(temporary(number), to: mirror.path(file.key))
        }
        waiting = []
        waitingBytes = 0
    }

    /// Removes what did not come into place.
    func close() {
        for number in waiting.indices { unlink(temporary(number).string) }
        rmdir(folder.string)
    }

    private func temporary(_ number: Int) -> FilePath { folder.appending(String(number)) }

    private func makeFolder(for key: String) throws {
        var path = mirror.target.root
        for component in FilePath(key).removingLastComponent().components {
            path.append(component)
            if mkdir(path.string, FolderStore.folderMode.rawValue) == 0 {
                chmod(path.string, FolderStore.folderMode.rawValue)
            } else {
                let failure = FileError.last("make the folder", path)
                guard failure.errno == .fileExists else { throw failure }
                if try !FolderStore.isRealFolder(path) { throw FileError("make the folder", path, .notDirectory) }
            }
        }
    }
}
