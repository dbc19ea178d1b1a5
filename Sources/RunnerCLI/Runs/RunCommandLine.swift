internal import PipelineKit
internal import SystemPackage

/// How commands about a run are typed, so that they find it from the folder that the user is in.
struct RunCommandLine: Hashable, Sendable {
    /// The folder that keeps the runs; nil if every command finds them.
    private let state: FilePath?
    /// The folder in which a command without an option looks; nil if the environment names another one.
    private let usual: FilePath?
    /// The URL of the store that keeps the run's journal, if that is all that there is of it.
    private var store: String?

    /// For runs that are found without an option.
    static let plain = RunCommandLine(state: nil, usual: nil)

    private init(state: FilePath?, usual: FilePath?) {
        self.state = state
        self.usual = usual
    }

    /// For runs whose machine is gone: there is one command that finishes them, in whatever direction.
    ///
    /// - Parameter store: its URL.
    init(store: String) {
        self.init(state: nil, usual: nil)
        self.store = store
    }

    /// True if a run of them cannot be taken back by its id.
    var isOfStore: Bool { store != nil }

    /// - Parameter state: keeps the run.
    init(to state: StateFolder, in context: CommandContext) {
        // It may have been set for one command only, or stay set although an option named another place.
        let isNamed = context.environment["RUNNER_STATE"]?.isEmpty == false
        self.init(state: state.path, usual: isNamed ? nil : Self.usual(around: context.currentFolder))
    }

    private static func usual(around folder: FilePath) -> FilePath {
        ProjectLocator(around: folder).state.path
    }

    var runs: String { line(["runs"]) }
    var recover: String { line(["recover"]) }
    func recover(_ run: String) -> String { line(["recover", run]) }
    func resume(_ run: String) -> String { isOfStore ? recover(run) : line(["resume", run]) }
    func show(_ run: String) -> String { line(["show", run]) }

    /// Takes back the live deploy.
    var rollback: String { isOfStore ? recover : line(["rollback"]) }
    func rollback(_ run: String) -> String { isOfStore ? recover(run) : line(["rollback", run]) }

    /// - Parameter pipeline: tells the site, if the folder does not.
    func rollback(to version: String, pipeline: FilePath? = nil) -> String {
        guard let pipeline else { return line(["rollback", "--to", version]) }
        // The file decides where the command looks for runs.
        let usual = usual.map { _ in Self.usual(around: pipeline.removingLastComponent()) }
        return line(["rollback", "--to", version, "--pipeline", pipeline.string], usual)
    }

    private func line(_ words: [String]) -> String { line(words, usual) }

    private func line(_ words: [String], _ usual: FilePath?) -> String {
        let place = store.map { ["--store", $0] } ?? state.map { $0 == usual ? [] : ["--state", $0.string] } ?? []
        return ([ProgramName.current] + words + place).map(ShellWord.quoted).joined(separator: " ")
    }
}
