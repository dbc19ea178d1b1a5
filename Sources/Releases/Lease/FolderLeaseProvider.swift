internal import Glibc
public import PipelineKit
internal import SystemPackage

/// Takes the leases of folder stores.
///
/// A `flock` on `<store>/.runner/lease.lock` decides: the kernel releases it when the holder ends, however it ends.
/// `lease.json` beside it only says who has it. The file is never replaced, and it is deleted in one case: a lease that
/// has made the store's folder deletes it again if nothing else came into it, so that a run that fails before its first
/// change leaves no folder. Whoever has opened the file meanwhile notices that and tries again.
public struct FolderLeaseProvider: LeaseProvider {
    public init() {}

    /// - Throws: `LeaseHeld` if another process, or another run of this one, has it; `StepError` `bad-store` if the
    ///   resource is not a folder, or `permission-denied` if the folder cannot be made.
    public func acquire(_ request: LeaseRequest) async throws -> any Lease {
        let (resource, owner) = (request.resource, request.owner)
        guard case .folder(let path) = try StoreURL(resource.url) else {
            throw StepError("bad-store", "\(resource) is not a folder, and only folders have a lock file")
        }
        let store = FolderStore(FilePath(path))
        return try await BlockingWork.run { flag in
            // Each other lease can delete the folder once: only a file system that is out of order does it more often.
            for _ in 1..<100 {
                try flag.check()
                do {
                    return try Self.lease(of: store, resource, owner)
                } catch is LockReplaced {
                    continue
                } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
                    continue
                }
            }
            return try Self.lease(of: store, resource, owner)
        }
    }

    /// - Throws: `LockReplaced` or `FileError` `noSuchFileOrDirectory` if another lease has deleted the folder meanwhile.
    private static func lease(of store: FolderStore, _ resource: Resource, _ owner: LeaseOwner) throws -> FileLease {
        let lockPath = store.root.pushing(".runner/lease.lock")
        let made = try missingFolders(above: lockPath)
        // Also makes sure that it is not a link.
        _ = try store.makeFolder(".runner")
        return try FileLease(
            lockPath, record: store.root.pushing(".runner/lease.json"), resource, owner,
            lockMode: try lockMode(of: store), recordMode: FolderStore.fileMode
        ) { deleteIfUnused(lockPath, made) }
    }

    /// Whoever can open the file can lock it, and so keep every run off the store.
    static func lockMode(of store: FolderStore) throws -> FilePermissions {
        let isShared = try FolderStore.mode(ofFoldersIn: OpenFolder(store.root)).contains(.groupWrite)
        return isShared ? [.ownerReadWrite, .groupReadWrite] : [.ownerReadWrite]
    }

    /// The innermost first.
    private static func missingFolders(above path: FilePath) throws -> [FilePath] {
        var missing: [FilePath] = []
        var folder = path.removingLastComponent()
        while !folder.isEmpty, !folder.components.isEmpty, try !FileStatus.exists(folder) {
            missing.append(folder)
            folder.removeLastComponent()
        }
        return missing
    }

    /// - Parameter made: the folders that the lease has made, the innermost first.
    private static func deleteIfUnused(_ lockPath: FilePath, _ made: [FilePath]) {
        guard let records = made.first, let entries = try? DurableFile.entries(of: records),
            entries.allSatisfy({ $0 == lockPath.lastComponent?.string })
        else { return }
        unlink(lockPath.string)
        // One in which something lies stays, and those above it.
        for folder in made where rmdir(folder.string) != 0 { return }
    }
}
