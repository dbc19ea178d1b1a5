import Digest
import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SwitchOriginStep
import SyncStep
import SystemPackage
import TestSupport

/// A project with a site and a folder store, on the disk.
struct SiteFixture: Sendable {
    let folder: TemporaryFolder
    let store: FolderStore

    init() throws {
        folder = try TemporaryFolder()
        store = FolderStore(folder["store"])
        try folder.write("", to: "project/.keep")
    }

    /// Writes files below `project/<name>` and the asset list of them, and gives the list's path.
    ///
    /// - Parameter compressed: keys that have a compressed file, too.
    func site(_ name: String, _ files: [String: String], compressed: Set<String> = []) throws -> String {
        let list = folder["\(name).jsonl"]
        let writer = try AssetList.Writer(list)
        for (key, text) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            try folder.write(text, to: "project/\(name)/\(key)")
            let plain = Asset(
                key: key, path: folder["project/\(name)/\(key)"].string, size: text.utf8.count,
                sha256: SHA256.hash(text.utf8).description, contentType: "text/plain")
            guard compressed.contains(key) else {
                try writer.write(plain)
                continue
            }
            let bytes = text.utf8.gzipped
            try folder.write(bytes, to: "project/\(name)-gz/\(key)")
            try writer.write(
                Asset(
                    key: key, path: folder["project/\(name)-gz/\(key)"].string, size: bytes.count,
                    sha256: SHA256.hash(bytes).description, contentType: "text/plain", contentEncoding: "gzip",
                    original: .init(path: plain.path, size: plain.size, sha256: plain.sha256)))
        }
        try writer.finish()
        return list.string
    }

    /// As `site`, for keys that differ in their bytes only.
    func list(_ name: String, _ files: [[UInt8]: String]) throws -> String {
        let list = folder["\(name).jsonl"]
        let writer = try AssetList.Writer(list)
        let sorted = files.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (number, (key, text)) in sorted.enumerated() {
            try folder.write(text, to: "project/\(name)/\(number)")
            try writer.write(
                Asset(
                    key: String(decoding: key, as: UTF8.self), path: folder["project/\(name)/\(number)"].string,
                    size: text.utf8.count, sha256: SHA256.hash(text.utf8).description, contentType: "text/plain"))
        }
        try writer.finish()
        return list.string
    }

    func context(
        run: String = "run-1", step: String = "step-1", clock: TestClock = TestClock(), leases: Leases = .none,
        processes: any ProcessRunner = NoProcesses()
    ) throws -> StepContext {
        try folder.write("", to: "runs/\(run)/\(step)/.keep")
        return .test(
            folder: folder["runs/\(run)/\(step)"], project: folder["project"], runID: run, stepID: step, clock: clock,
            processes: processes, leases: leases)
    }

    func sync(_ version: String, _ assets: String, _ change: (inout Sync.Options) -> Void = { _ in }) throws -> Sync {
        var options = Sync.Options()
        options.store = .folder(store.root.string)
        options.version = try ReleaseVersion(version)
        options.assets = assets
        change(&options)
        return Sync(options)
    }

    func switchOrigin(
        _ version: String, _ change: (inout SwitchOrigin.Options) -> Void = { _ in }
    ) throws -> SwitchOrigin {
        var options = SwitchOrigin.Options()
        options.store = .folder(store.root.string)
        options.version = try ReleaseVersion(version)
        change(&options)
        return SwitchOrigin(options)
    }

    /// Uploads a release and points `current` at it.
    func deploy(_ version: String, _ assets: String, run: String, clock: TestClock = TestClock()) async throws {
        _ = try await perform(try sync(version, assets), in: try context(run: run, clock: clock))
        _ = try await perform(try switchOrigin(version), in: try context(run: run, step: "switch", clock: clock))
    }

    /// The text of a file of the store; nil if there is none.
    func text(_ path: String) -> String? {
        (try? DurableFile.read(store.root.pushing(FilePath(path)))).map { String(decoding: $0, as: UTF8.self) }
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(store.root.pushing(FilePath(path)).string, &status) == 0
    }

    func status(_ path: String) throws -> stat {
        var status = stat()
        let path = store.root.pushing(FilePath(path))
        guard lstat(path.string, &status) == 0 else { throw FileError("look at", path, Errno(rawValue: errno)) }
        return status
    }

    /// Every file below a folder of the store, whatever it is.
    func files(_ path: String) -> [String] {
        let root = store.root.pushing(FilePath(path)).string
        var files: [String] = []
        func walk(_ prefix: String) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + prefix)) ?? [] {
                var status = stat()
                guard lstat("\(root)/\(prefix)\(name)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { walk(prefix + name + "/") } else { files.append(prefix + name) }
            }
        }
        walk("")
        return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// Prepares and runs a step as the engine does: what undoing needs goes through JSON.
func perform<S: Step>(_ step: S, in context: StepContext) async throws -> S.Output {
    switch try await step.prepare(in: context) {
    case .already(let output): return output
    case .change(let before, _): return try await step.run(from: try journalled(before), in: context)
    }
}

/// Does the same, and notes that the run has come to its end.
func perform<S: ConcludingStep>(_ step: S, in context: StepContext) async throws -> S.Output {
    switch try await step.prepare(in: context) {
    case .already(let output): return output
    case .change(let before, _):
        let output = try await step.run(from: try journalled(before), in: context)
        try await step.conclude(from: try journalled(before), in: context)
        return output
    }
}

func perform<S: RunOnlyStep>(_ step: S, in context: StepContext) async throws -> S.Output {
    try await step.run(in: context)
}

/// As it is read back from a journal.
func journalled<Before: Codable>(_ before: Before) throws -> Before {
    try JSONDecoder().decode(Before.self, from: JSONEncoder().encode(before))
}

/// - Returns: what undoing needs; nil if there is nothing to do.
func before<S: Step>(_ step: S, in context: StepContext) async throws -> S.Before? {
    if case .change(let before, _) = try await step.prepare(in: context) { try journalled(before) } else { nil }
}

/// The error that the body throws; nil if it throws none, or one that users cannot act on.
func describedError(_ body: () async throws -> Void) async -> (any DescribedError)? {
    do {
        try await body()
        return nil
    } catch {
        return error as? any DescribedError
    }
}

func errorCode(_ body: () async throws -> Void) async -> String? {
    await describedError(body)?.code
}
