internal import PipelineKit

/// Why a command could not do what it was asked.
enum CommandError: DescribedError {
    case noSuchCommand(String, String)
    case noSuchFile(String, String)
    case unreadableFile(FileError)
    case badInput(String)
    case badFile
    case badInputs
    case noRuns(String)
    case noSuchRun(String, in: String, RunCommandLine)
    /// The part of an id that several runs have, with the first of them as a reader tells them apart.
    case severalRuns(String, count: Int, [String], RunCommandLine)
    case nothingToResume(String, RunCommandLine)
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
    /// Whether git tracks the runs in a folder, with the reason.
    case gitCannotTell(String, String)

    var exitCode: Exit {
        switch self {
        case .badFile, .pipelineChanged: .badFile
        case .storeInUse: .leaseHeld
        case .unwritableState: .failed
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
        case .noRuns: "no-runs"
        case .noSuchRun: "no-such-run"
        case .severalRuns: "several-runs"
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
        case .storeInUse: "lease-held"
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
        case .noRuns(let folder): "there are no runs in \(folder)"
        case .noSuchRun(let run, let folder, _): "there is no run `\(run)` in \(folder)"
        case .severalRuns(let part, let count, let runs, _):
            "`\(part)` is a part of the ids of \(count) runs:\n" + runs.joined(separator: "\n")
                + (count > runs.count ? "\nand \(count - runs.count) more" : "")
        case .nothingToResume(let run, _): "run \(run) has ended, so there is nothing to resume"
        case .pipelineChanged(let file, let run, _): "\(file) has changed since run \(run) began"
        case .alreadyTakenBack(let run): "run \(run) has failed and is over, so there is nothing to resume"
        case .alreadyFailed(let run, _): "run \(run) has failed and can only be rolled back"
        case .neverStarted(let run): "run \(run) ended before its first step, and changed nothing"
        case .noSuchKind(let kind, _): "there is no kind `\(kind)`"
        case .fileExists(let path): "\(path) already exists, and was not changed"
        case .badArgument(let error): error.message
        case .unwritableState(let error): error.message
        case .noSuchStore(let path): "there is no store at \(path)"
        case .storeInUse(let message): message
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
        case .badInputs: "give them with `-i name=value`"
        case .noRuns:
            "runs are kept at the top of the git checkout, or in the project's folder: name that with `--project FOLDER`, or "
                + "another place with `--state FOLDER`"
        case .noSuchRun(_, _, let commands): "`\(commands.runs)` lists them"
        case .severalRuns(_, let count, let runs, let commands):
            "type a longer part" + (count > runs.count ? "; `\(commands.runs)` lists all" : "")
        case .nothingToResume(let run, let commands): "to undo it, type `\(commands.rollback(run))`"
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
        case .gitCannotTell:
            "install git, or repair the checkout; if the runs were made here, you may also move their folder out of the checkout "
                + "and name it with `--state FOLDER`"
        }
    }
}

extension CommandError {
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
