internal import FoundationEssentials
internal import Glibc
public import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Takes the leases of folder stores.
///
/// A `flock` on `<store>/.runner/lease.lock`, which is never replaced or deleted, decides: the kernel gives it back
/// when the holder ends, however it ends. `lease.json` beside it only says who has it.
public struct FolderLeaseProvider: LeaseProvider {
    public init() {}

    /// - Throws: `LeaseHeld` where another process, or another run of this one, has it; `StepError` `bad-store` where
    ///   the resource is no folder.
    public func acquire(_ resource: Resource, owner: LeaseOwner) async throws -> any Lease {
        guard case .folder(let path) = try StoreURL(resource.url) else {
            throw StepError("bad-store", "\(resource) is no folder, and only folders have a lock file")
        }
        let store = FolderStore(FilePath(path))
        return try await BlockingWork.run { _ in try FolderLease(store, resource, owner) }
    }
}

private final class FolderLease: Lease {
    private let resource: Resource
    private let owner: LeaseOwner
    private let lockPath: FilePath
    private let recordPath: FilePath
    private let inode: FileIdentity
    private let lock: Mutex<FileLock?>

    init(_ store: FolderStore, _ resource: Resource, _ owner: LeaseOwner) throws {
        self.resource = resource
        self.owner = owner
        lockPath = store.root.pushing(".runner/lease.lock")
        recordPath = store.root.pushing(".runner/lease.json")
        try store.makeFolders(to: lockPath)
        guard let lock = try FileLock.tryLock(lockPath, mode: FolderStore.fileMode) else {
            let record = try? DurableFile.read(recordPath, limit: 65_536)
            throw LeaseHeld(resource, by: record.flatMap { try? JSONDecoder().decode(LeaseOwner.self, from: Data($0)) })
        }
        guard let inode = Self.identity(of: lockPath) else { throw LeaseLost(resource) }
        self.inode = inode
        self.lock = Mutex(lock)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(Array(encoder.encode(owner)) + [0x0A], to: recordPath, mode: FolderStore.fileMode)
    }

    /// The lock cannot be lost, but somebody may have deleted its file, and another run then locks a new one.
    func confirm() async throws {
        guard lock.withLock({ $0 != nil }), Self.identity(of: lockPath) == inode else { throw LeaseLost(resource) }
    }

    private static func identity(of path: FilePath) -> FileIdentity? {
        var status = stat()
        return lstat(path.string, &status) == 0 ? FileIdentity(status) : nil
    }

    func release() async {
        lock.withLock { lock in
            guard lock != nil else { return }
            unlink(recordPath.string)
            lock = nil
        }
    }
}
