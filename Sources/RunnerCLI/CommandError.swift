internal import PipelineKit
internal import SystemPackage

/// Why a command could not do what it was asked.
enum CommandError: DescribedError {
    case noSuchCommand(String, String)
    case noSuchFile(String, String)
    case unreadableFile(FileError)
    case badInput(String)
    case badFile
    case badInputs
    case unsetVariables
    case noRuns(String)
    case noSuchRun(String, in: String, RunCommandLine)
    /// No run is of the pipeline that was named.
    case noSuchPipeline(String, in: String, known: String)
    /// The part of an id that several runs have, with the first of them as a reader tells them apart.
    case severalRuns(String, count: Int, [String], RunCommandLine)
    /// - Parameter canUndo: whether a rollback would do anything.
    case nothingToResume(String, canUndo: Bool, RunCommandLine)
    case pipelineChanged(file: String, run: String, RunCommandLine)
    case alreadyFailed(String, RunCommandLine)
    case alreadyTakenBack(String)
    case neverStarted(String)
    case noSuchKind(String, String)
    case fileExists(String)
    case badArgument(StepError)
    case noSuchStore(String)
    /// The folder of the runs cannot be made.
    case unwritableState(FileError)
    /// The message says who has it.
    case storeInUse(String)
    /// The lease of a folder, which only its process can give back. The message says who has it.
    case folderInUse(String, processID: Int?)
    /// A question that nobody can be asked, and the option that answers it.
    case nobodyToAsk(option: String)
    /// Standard output lacks a part of the result.
    case outputLost(Errno)
    /// The system allows this process too little of something.
    case tooLittle(String, limit: String, needed: String)
    /// Whether git tracks the runs in a folder, with the reason.
    case gitCannotTell(String, String)

    var exitCode: Exit {
        switch self {
        case .badFile, .pipelineChanged: .badFile
        case .storeInUse: .leaseHeld
        case .unwritableState, .outputLost, .tooLittle, .folderInUse: .failed
        default: .usage
        }
    }

    var code: String {
        switch self {
        case .noSuchCommand: "no-such-command"
        case .noSuchFile: "no-such-file"
        case .unreadableFile: "unreadable-file"
        case .badInput: "bad-input"
        case .badFile: "bad-file"
        case .badInputs: "bad-inputs"
        case .unsetVariables: "unset-variable"
        case .noRuns: "no-runs"
        case .noSuchRun: "no-such-run"
        case .severalRuns: "several-runs"
        case .noSuchPipeline: "no-such-pipeline"
        case .nothingToResume: "nothing-to-resume"
        case .pipelineChanged: "pipeline-changed"
        case .alreadyFailed: "already-failed"
        case .alreadyTakenBack: "already-taken-back"
        case .neverStarted: "never-started"
        case .noSuchKind: "no-such-kind"
        case .fileExists: "file-exists"
        case .badArgument(let error): error.code
        case .unwritableState(let error): error.code
        case .noSuchStore: "no-such-store"
        case .storeInUse, .folderInUse: "lease-held"
        case .nobodyToAsk: "nobody-to-ask"
        case .outputLost: "output-lost"
        case .tooLittle: "limit-too-low"
        case .gitCannotTell: "git-cannot-tell"
        }
    }

    var message: String {
        switch self {
        case .noSuchCommand(let name, _): "there is no command `\(name)`"
        case .noSuchFile(let path, _): "there is no pipeline file at \(path)"
        case .unreadableFile(let error): "the pipeline file cannot be read: \(error.message)"
        case .badInput(let text): "`\(text)` is not of the form `name=value`"
        case .badFile: "the pipeline file is wrong, so nothing was run"
        case .badInputs: "the inputs do not fit the pipeline, so nothing was run"
        case .unsetVariables: "the environment lacks a value that the pipeline needs, so nothing was run"
        case .noRuns(let folder): "there are no runs in \(folder)"
        case .noSuchRun(let run, let folder, _): "there is no run `\(run)` in \(folder)"
        case .noSuchPipeline(let text, let folder, _):
            "no run in \(folder) is of a pipeline file `\(text)`, or of a pipeline of that name"
        case .severalRuns(let part, let count, let runs, _):
            "`\(part)` is a part of the ids of \(count) runs:\n" + runs.joined(separator: "\n")
                + (count > runs.count ? "\nand \(count - runs.count) more" : "")
        case .nothingToResume(let run, _, _): "run \(run) has ended, so there is nothing to resume"
        case .pipelineChanged(let file, let run, _): "\(file) has changed since run \(run) began"
        case .alreadyTakenBack(let run): "run \(run) has failed and is over, so there is nothing to resume"
        case .alreadyFailed(let run, _): "run \(run) has failed and can only be rolled back"
        case .neverStarted(let run): "run \(run) ended before its first step, and changed nothing"
        case .noSuchKind(let kind, _): "there is no kind `\(kind)`"
        case .fileExists(let path): "\(path) already exists, and was not changed"
        case .badArgument(let error): error.message
        case .unwritableState(let error): error.message
        case .noSuchStore(let path): "there is no store at \(path)"
        case .storeInUse(let message), .folderInUse(let message, _): message
        case .nobodyToAsk: "the command asks before it goes on, and nobody can be asked here"
        case .outputLost(let errno): "standard output did not take everything that was printed: \(errno)"
        case .tooLittle(let what, let limit, let needed):
            "the limit of \(what) is \(limit), and this command needs \(needed) at least, so nothing was done"
        case .gitCannotTell(let folder, let reason):
            "git cannot tell whether the runs in \(folder) came with the checkout: \(reason)"
        }
    }

    var help: String? {
        switch self {
        case .noSuchCommand(_, let suggestion), .noSuchFile(_, let suggestion): suggestion
        case .unreadableFile(let error): error.help
        case .badInput: "write `-i name=value`"
        case .badFile: "correct the file, and check it with `\(ProgramName.current) validate FILE`"
        // Each problem has its own.
        case .badInputs, .unsetVariables: nil
        case .noRuns:
            "runs are kept at the top of the git checkout, or in the project's folder: name that with `--project FOLDER`, or "
                + "another place with `--state FOLDER`"
        case .noSuchRun(_, _, let commands): "`\(commands.runs)` lists them"
        case .noSuchPipeline(_, _, let known): "there are runs of \(known)"
        case .severalRuns(_, let count, let runs, let commands):
            "type a longer part" + (count > runs.count ? "; `\(commands.runs)` lists all" : "")
        case .nothingToResume(let run, let canUndo, let commands):
            canUndo ? "to undo it, type `\(commands.rollback(run))`" : "`\(commands.runs)` lists the runs"
        case .pipelineChanged(_, let run, let commands):
            "put the file back as it was, or undo the run with `\(commands.rollback(run))`"
        case .alreadyTakenBack: "run the pipeline again"
        case .alreadyFailed(let run, let commands): "finish its rollback with `\(commands.rollback(run))`"
        case .neverStarted: "run the pipeline again; the run's folder can be deleted"
        case .noSuchKind(_, let suggestion): suggestion
        case .fileExists: "name another file with `--output FILE`"
        case .badArgument(let error): error.help
        case .unwritableState(let error):
            "runs can be kept elsewhere: name a folder with `--state FOLDER` or RUNNER_STATE"
                + (error.help.map { "; or \($0)" } ?? "")
        case .noSuchStore: "name the folder that holds `releases`; `--project FOLDER` says where a relative path starts"
        case .storeInUse: "wait for it to end, then type this again"
        case .folderInUse(_, let processID):
            "the lease of a folder is a lock that goes away with its process, however that ends"
                + (processID.map { "; to end it, type `kill \($0)`" } ?? "")
        case .nobodyToAsk(let option): "type it again with `\(option)`"
        case .tooLittle: "let the shell or the service that starts the runner set a higher hard limit"
        case .outputLost: "look at where the output goes: a full disk, or a program that has stopped reading"
        case .gitCannotTell:
            "install git, or repair the checkout; if the runs were made here, you may also move their folder out of the checkout "
                + "and name it with `--state FOLDER`"
        }
    }
}

extension CommandError {
    /// With less, a command would fail half-way, or crash: nothing tells in advance how much each part needs.
    static let (leastFiles, leastMemory) = (UInt(32), UInt(512 << 20))

    /// Called before a command that starts threads does anything.
    ///
    /// - Throws: `tooLittle`.
    static func checkLimits() throws {
        let (files, memory) = (ProcessLimits.openFiles, ProcessLimits.memory)
        if files < leastFiles { throw tooLittle("open files (ulimit -n)", limit: "\(files)", needed: "\(leastFiles)") }
        guard memory < leastMemory else { return }
        let texts = [memory, leastMemory].map { ByteCount(Int($0)).text }
        throw tooLittle("memory (ulimit -v)", limit: texts[0], needed: texts[1])
    }

    /// Makes something in the folder of the runs.
    ///
    /// - Throws: `unwritableState` instead of a `FileError`.
    static func inState<Made>(_ make: () throws -> Made) throws -> Made {
        do {
            return try make()
        } catch let error as FileError {
            throw CommandError.unwritableState(error)
        }
    }
}
