public import SystemPackage

/// The place where a run keeps what is not in its journal.
public protocol RunStorage: Sendable {
    /// True if only one process at a time can have it, so that every earlier process of the run has ended.
    var isLocked: Bool { get }
    /// Returns the step's own folder, and makes it if it is missing.
    ///
    /// If that fails, the code that uses the folder gets an error that names the path.
    func stepFolder(_ stepID: String) -> FilePath
    /// Returns the file that a step's programs lock. It is in the step's folder, which may be missing.
    func lockPath(of lock: StepLock, _ stepID: String) -> FilePath
    /// Makes the step's folder durable, or removes it if the step left nothing in it.
    func syncStepFolder(_ stepID: String) throws
    /// Writes an attachment; it is durable when this returns.
    func writeAttachment(_ bytes: [UInt8], named name: String) throws
    func readAttachment(named name: String) throws -> [UInt8]
}

extension RunStorage {
    public var isLocked: Bool { false }
}

/// The locks of a step's programs. What a step has left running in the background must not look as if its rollback was
/// at work.
public enum StepLock: String, Sendable, CaseIterable {
    case run, rollback
}
