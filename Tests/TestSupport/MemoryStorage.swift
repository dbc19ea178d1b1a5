public import PipelineKit
internal import Synchronization
public import SystemPackage

/// A run's storage in memory.
public final class MemoryStorage: RunStorage {
    private let attachments = Mutex<[String: [UInt8]]>([:])
    public let isLocked: Bool

    public init(isLocked: Bool = false) {
        self.isLocked = isLocked
    }

    public func stepFolder(_ stepID: String) -> FilePath { FilePath("/nowhere/\(stepID)") }
    public func lockPath(of lock: StepLock, _ stepID: String) -> FilePath {
        stepFolder(stepID).appending("\(lock.rawValue).lock")
    }
    public func syncStepFolder(_ stepID: String) throws {}

    public func writeAttachment(_ bytes: [UInt8], named name: String) throws {
        attachments.withLock { $0[name] = bytes }
    }

    public func readAttachment(named name: String) throws -> [UInt8] {
        guard let bytes = attachments.withLock({ $0[name] }) else {
            throw FileError("open", FilePath(name), .noSuchFileOrDirectory)
        }
        return bytes
    }
}
