internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// The runs that git has from a commit: whoever can get one merged would otherwise have it finished here.
struct TrackedRuns: Sendable {
    private var names: Set<String> = []

    /// Nobody has looked. For runs that this process has made itself.
    static let unknown = TrackedRuns()

    private init() {}

    func contains(_ run: String) -> Bool { names.contains(run) }

    /// Asks git, if the runs lie in a checkout.
    ///
    /// - Throws: `CommandError` `gitCannotTell` if it cannot be asked.
    static func find(in state: StateFolder, _ context: CommandContext) async throws -> TrackedRuns {
        guard try FileStatus.isFolder(state.runs), let top = GitCheckout.top(around: state.runs),
            try GitCheckout.isRepository(top)
        else { return .unknown }
        let lines = Mutex<[String]>([])
        var tracked = TrackedRuns()
        do {
            let status = try await context.processes.run(.lsFiles(in: state.runs, context.environment)) { line in
                lines.withLock { $0.append(line.text) }
            }
            guard status.isSuccess else {
                throw CommandError.gitCannotTell(state.runs.string, lines.withLock { $0.first } ?? "\(status)")
            }
        } catch let error as ProcessError {
            throw CommandError.gitCannotTell(state.runs.string, error.message)
        }
        for line in lines.withLock(\.self) {
            // A path with odd characters is in quotes. A run's own name has none.
            let path = line.hasPrefix("\"") ? line.dropFirst() : line[...]
            if let name = path.split(separator: "/", maxSplits: 1).first { tracked.names.insert(String(name)) }
        }
        return tracked
    }
}

extension Command {
    /// Lists the tracked files below a folder. It starts no program of the repository's settings, and does not ask whose
    /// the repository is: it only reads its index.
    fileprivate static func lsFiles(in folder: FilePath, _ environment: [String: String]) -> Command {
        let settings = ["core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.directory=*"].flatMap { ["-c", $0] }
        return .git(settings + ["ls-files", "--cached"], in: folder, environment: environment)
    }
}
