internal import CLinux
internal import Glibc
public import PipelineKit
internal import Releases
internal import SystemPackage

extension FolderMirror {
    /// Writes what is new or different, each file in one move, and then deletes what is not wanted.
    ///
    /// - Throws: `StepError` `target-in-use` if another run holds the folder.
    public func run(deletes: Bool, _ progress: Progress) async throws -> MirrorCounts {
        try await BlockingWork.run { flag in
            if try !FolderStore.isRealFolder(target.root) {
                try DurableFile.makeFolder(target.root, mode: FolderStore.folderMode)
            }
            let lock = try MirrorLock(target.root)
            defer { lock.release() }
            let writer = try MirrorWriter(self, flag)
            defer { writer.close() }
            var counts = MirrorCounts()
            let total = try differences(flag) { file, kind in
                if kind == nil {
                    counts.skipped += 1
                } else {
                    try writer.add(file)
                    counts.uploaded += 1
                    counts.bytes += file.size
                }
                progress(
                    .init(
                        done: counts.uploaded + counts.skipped, total: nil, unit: "files", bytes: counts.bytes,
                        detail: file.key))
            }
            try writer.flush()
            if deletes {
                var folders = KeyFolders(try OpenFolder(target.root))
                try extras(flag) { key in
                    try remove(key, in: &folders)
                    counts.deleted += 1
                    progress(.init(done: total + counts.deleted, total: nil, unit: "files", detail: key))
                }
            }
            try lock.sync()
            return counts
        }
    }

    /// Removes a file or link and then the folders that are empty without it.
    private func remove(_ key: String, in folders: inout KeyFolders) throws {
        guard let place = try folders.place(of: key) else { return }
        if let errno = place.folder.remove(place.name), errno != .noSuchFileOrDirectory {
            throw FileError("delete", path(key), errno)
        }
        var rest = Substring(key)
        while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            guard let place = try folders.place(of: String(rest)), place.folder.removeFolder(place.name) else { return }
        }
    }
}

/// Keeps other runs off a folder, without a file of its own in it.
struct MirrorLock {
    private let folder: FileDescriptor
    private let path: FilePath

    init(_ path: FilePath) throws {
        self.path = path
        folder = try DurableFile.open(path, .readOnly, options: [.directory])
        guard flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let errno = Errno(rawValue: Glibc.errno)
            try? folder.close()
            guard errno == .wouldBlock else { throw FileError("lock", path, errno) }
            throw StepError(
                "target-in-use", "another run is working in \(path)", help: "wait for it to end and run again",
                retry: .conflict)
        }
    }

    /// Makes everything that was written to its file system durable.
    func sync() throws {
        guard syncfs(folder.rawValue) == 0 else {
            throw FileError.last("sync the file system of", path)
        }
    }

    func release() {
        // Closing alone is not enough: a child that was just forked holds the same lock until it executes its program.
        flock(folder.rawValue, LOCK_UN)
        try? folder.close()
    }
}
