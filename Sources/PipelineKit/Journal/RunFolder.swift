internal import Digest
internal import Glibc
internal import Synchronization
public import SystemPackage

/// One run's folder: its journal, the copy of its pipeline file, attachments and the steps' working folders.
///
/// Everything in it is the user's alone (0700, 0600). One process at a time has it, by an `flock` on `lock`.
public final class RunFolder: RunStorage {
    public let path: FilePath
    private let lock: FileLock
    /// Steps whose folder has been made since it was last settled.
    private let used = Mutex<Set<String>>([])

    private init(_ path: FilePath, lock: FileLock) {
        self.path = path
        self.lock = lock
    }

    public static func create(_ runID: String, in state: StateFolder) throws -> RunFolder {
        try state.prepare()
        return try create(at: state.runs.appending(runID))
    }

    /// - Throws: `RunBusy` where another process has it.
    public static func create(at path: FilePath) throws -> RunFolder {
        try DurableFile.makeFolder(path)
        try DurableFile.makeFolder(path.appending("steps"))
        guard let lock = try FileLock.tryLock(path.appending("lock")) else {
            throw RunBusy(runID: path.lastComponent?.string ?? path.string)
        }
        return RunFolder(path, lock: lock)
    }

    /// - Throws: `RunBusy` where another process is at work on it.
    public static func open(_ path: FilePath) throws -> RunFolder {
        guard let lock = try FileLock.tryLock(path.appending("lock")) else {
            throw RunBusy(runID: path.lastComponent?.string ?? path.string)
        }
        return RunFolder(path, lock: lock)
    }

    /// That the run is one of.
    public var state: StateFolder { StateFolder(path.removingLastComponent().removingLastComponent()) }
    public var runID: String { path.lastComponent?.string ?? "" }
    public var journalPath: FilePath { path.appending("journal.jsonl") }
    public var logPath: FilePath { path.appending("run.log") }
    /// The pipeline file as it was when the run began.
    public var pipelinePath: FilePath { path.appending(Self.pipelineName) }
    public static let pipelineName = "pipeline.yml"

    public func stepFolder(_ stepID: String) -> FilePath {
        let folder = path.appending("steps").appending(stepID)
        // Marked as made only when it is: another task of the step may ask at the same moment.
        if !used.withLock({ $0.contains(stepID) }) {
            mkdir(folder.string, 0o700)
            used.withLock { _ = $0.insert(stepID) }
        }
        return folder
    }

    public func syncStepFolder(_ stepID: String) throws {
        guard used.withLock({ $0.remove(stepID) != nil }) else { return }
        let folder = path.appending("steps").appending(stepID)
        if rmdir(folder.string) != 0 { try DurableFile.syncFolder(of: folder) }
    }

    public func writeAttachment(_ bytes: [UInt8], named name: String) throws {
        try DurableFile.write(bytes, to: path.appending(name))
    }

    public func readAttachment(named name: String) throws -> [UInt8] {
        try DurableFile.read(path.appending(name))
    }
}

/// Another process is at work on the run.
public struct RunBusy: DescribedError {
    public var runID: String

    public var code: String { "run-busy" }
    public var retryClass: RetryClass { .conflict }
    public var message: String { "another process is at work on run \(runID)" }
    public var help: String? {
        "wait for it to end, or stop it with SIGTERM; the file run.log in its folder tells how far it is"
    }
}
