internal import FoundationEssentials
internal import Glibc
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// A lease that is a `flock` on a file, with a record beside it that says who has it.
final class FileLease: Lease {
    private let resource: Resource
    private let owner: LeaseOwner
    private let lockPath: FilePath
    private let recordPath: FilePath
    private let inode: FileIdentity
    private let lock: Mutex<FileLock?>

    /// - Throws: `LeaseHeld`.
    init(
        _ lockPath: FilePath, record recordPath: FilePath, _ resource: Resource, _ owner: LeaseOwner,
        mode: FilePermissions
    ) throws {
        (self.lockPath, self.recordPath) = (lockPath, recordPath)
        (self.resource, self.owner) = (resource, owner)
        guard let lock = try FileLock.tryLock(lockPath, mode: mode) else {
            let record = try? DurableFile.read(recordPath, limit: 65_536)
            throw LeaseHeld(resource, by: record.flatMap { try? JSONDecoder().decode(LeaseOwner.self, from: Data($0)) })
        }
        guard let inode = Self.identity(of: lockPath) else { throw LeaseLost(resource) }
        self.inode = inode
        self.lock = Mutex(lock)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(Array(encoder.encode(owner)) + [0x0A], to: recordPath, mode: mode)
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
