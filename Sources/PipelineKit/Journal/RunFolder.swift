internal import Digest
internal import Glibc
internal import Synchronization
public import SystemPackage

/// One run's folder: its journal, the copy of its pipeline file, attachments and the steps' working folders.
///
/// Only its owner has access to it (0700, 0600). One process at a time holds it, by an `flock` on `lock`.
public final class RunFolder: RunStorage {
    public let path: FilePath
    private let lock: FileLock
    /// False for a copy: whoever locks that knows nothing of the run's own machine.
    public let isLocked: Bool
    /// Steps whose folder was made after it was last synced.
    private let used = Mutex<Set<String>>([])

    private init(_ path: FilePath, lock: FileLock, isCopy: Bool = false) {
        self.path = path
        isLocked = !isCopy
        self.lock = lock
    }

    public static func create(_ runID: String, in state: StateFolder) throws -> RunFolder {
        try state.prepare()
        return try create(at: state.runs.appending(runID))
    }

    /// - Throws: `RunBusy` if another process holds it; `ForeignRun` if it does not become this user's alone, as on a volume
    ///   whose owners and modes are fixed.
    public static func create(at path: FilePath) throws -> RunFolder {
        try DurableFile.makeFolder(path)
        do {
            try RunOwner.check(path)
        } catch {
            rmdir(path.string)
            throw error
        }
        try DurableFile.makeFolder(path.appending("steps"))
        guard let lock = try FileLock.tryLock(path.appending("lock")) else {
            throw RunBusy(runID: path.lastComponent?.string ?? path.string)
        }
        return RunFolder(path, lock: lock)
    }

    /// Opens the folder of a run that an earlier process has begun, and removes the transient files that it may have left.
    ///
    /// - Parameter isCopy: true for the folder of a run of another machine, which a store's journal has been brought into.
    /// - Throws: `RunBusy` if another process holds it; `ForeignRun` if it is not this user's alone.
    public static func open(_ path: FilePath, isCopy: Bool = false) throws -> RunFolder {
        try RunOwner.check(path)
        guard let lock = try FileLock.tryLock(path.appending("lock")) else {
            throw RunBusy(runID: path.lastComponent?.string ?? path.string)
        }
        let steps = path.appending("steps")
        for step in (try? DurableFile.entries(of: steps)) ?? [] { TransientFile.removeAll(in: steps.appending(step)) }
        return RunFolder(path, lock: lock, isCopy: isCopy)
    }

    /// The folder that holds this run and the others of the project.
    public var state: StateFolder { StateFolder(path.removingLastComponent().removingLastComponent()) }
    public var runID: String { path.lastComponent?.string ?? "" }
    public var journalPath: FilePath { Self.journal(in: path) }

    /// Where the journal is in a run's folder.
    public static func journal(in folder: FilePath) -> FilePath { folder.appending("journal.jsonl") }
    public var logPath: FilePath { path.appending("run.log") }
    /// The pipeline file as it was when the run began.
    public var pipelinePath: FilePath { path.appending(Self.pipelineName) }
    public static let pipelineName = "pipeline.yml"

    public func stepFolder(_ stepID: String) -> FilePath {
        let folder = path.appending("steps").appending(stepID)
        // It is marked as made only after it is made: another task of the step may ask at the same moment.
        if !used.withLock({ $0.contains(stepID) }) {
            mkdir(folder.string, 0o700)
            used.withLock { _ = $0.insert(stepID) }
        }
        return folder
    }

    public func lockPath(of lock: StepLock, _ stepID: String) -> FilePath {
        path.appending("steps").appending(stepID).appending("\(lock.rawValue).lock")
    }

    public func syncStepFolder(_ stepID: String) throws {
        guard used.withLock({ $0.remove(stepID) != nil }) else { return }
        let folder = path.appending("steps").appending(stepID)
        for lock in StepLock.allCases { ProgramLock(path: lockPath(of: lock, stepID)).removeUnlessHeld() }
        if rmdir(folder.string) != 0 { try DurableFile.syncFolder(of: folder) }
    }

    public func writeAttachment(_ bytes: [UInt8], named name: String) throws {
        try DurableFile.write(bytes, to: path.appending(name))
    }

    public func readAttachment(named name: String) throws -> [UInt8] {
        try DurableFile.read(path.appending(name), followsLink: false)
    }
}

/// Another process is working on the run.
public struct RunBusy: DescribedError {
    public var runID: String

    public var code: String { "run-busy" }
    public var retryClass: RetryClass { .conflict }
    public var message: String { "another process is working on run \(runID)" }
    public var help: String? {
        "wait for it to end, or stop it with SIGTERM; the file run.log in its folder tells how far it is"
    }
}
