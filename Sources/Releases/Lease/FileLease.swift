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
    private let lock: Mutex<FileLock?>
    private let afterwards: @Sendable () -> Void

    /// - Parameter afterwards: called when the lease is released, while its file is still locked.
    /// - Throws: `LeaseHeld`; `LockReplaced` if the file was deleted in between, and it should be tried again.
    init(
        _ lockPath: FilePath, record recordPath: FilePath, _ resource: Resource, _ owner: LeaseOwner,
        lockMode: FilePermissions = [.ownerReadWrite], recordMode: FilePermissions,
        afterwards: @escaping @Sendable () -> Void = {}
    ) throws {
        (self.lockPath, self.recordPath) = (lockPath, recordPath)
        (self.resource, self.owner) = (resource, owner)
        guard let lock = try FileLock.tryLock(lockPath, mode: lockMode) else {
            throw LeaseHeld(resource, by: Self.owner(in: recordPath))
        }
        guard try lock.isOn(lockPath) else { throw LockReplaced() }
        self.afterwards = afterwards
        self.lock = Mutex(lock)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(Array(encoder.encode(owner)) + [0x0A], to: recordPath, mode: recordMode)
    }

    /// Nil if there is no such record, or it cannot be read.
    static func owner(in recordPath: FilePath) -> LeaseOwner? {
        let record = try? DurableFile.read(recordPath, limit: 65_536, followsLink: false)
        return record.flatMap { try? JSONDecoder().decode(LeaseOwner.self, from: Data($0)) }
    }

    /// The lock cannot be lost, but somebody may have deleted its file, and another run then locks a new one.
    func confirm() async throws {
        guard try lock.withLock({ try $0?.isOn(lockPath) ?? false }) else { throw LeaseLost(resource) }
    }

    func release() async {
        lock.withLock { lock in
            guard let held = lock else { return }
            unlink(recordPath.string)
            if (try? held.isOn(lockPath)) ?? false { afterwards() }
            lock = nil
        }
    }
}

/// Somebody has deleted the file between its opening and its locking.
struct LockReplaced: Error {}
