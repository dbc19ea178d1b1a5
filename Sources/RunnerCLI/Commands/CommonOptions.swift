internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

/// Where runs are kept.
struct StateOptions: ParsableArguments {
    @ArgumentParser.Option(
        name: .long,
        help: """
            Folder that keeps the runs (default: RUNNER_STATE, or .runner at the top of the git checkout, or in the project's \
            folder).
            """, completion: .directory)
    var state: String?

    /// - Parameter usual: the one that is taken if no other is named.
    func folder(in context: CommandContext, usual: StateFolder) -> StateFolder {
        if let name = state ?? context.environment["RUNNER_STATE"], !name.isEmpty {
            return StateFolder(context.path(name))
        }
        return usual
    }
}

/// Which runs are meant, for commands that run no pipeline file.
struct ArchiveOptions: ParsableArguments {
    @ArgumentParser.Option(
        name: .long,
        help: "The project whose runs are meant, as it was given to `run` (default: the one around this folder).",
        completion: .directory)
    var project: String?
    @OptionGroup var stateOptions: StateOptions

    /// - Parameter file: a pipeline file that was named; its project is meant unless one is named.
    ///
    /// - Throws: `CommandError` `gitCannotTell`; `FileError`.
    func archive(in context: CommandContext, of file: FilePath? = nil) async throws -> RunArchive {
        let around = file.map { $0.removingLastComponent() } ?? context.currentFolder
        let usual = project.map { StateFolder(in: context.path($0)) } ?? ProjectLocator(around: around).state
        let state = stateOptions.folder(in: context, usual: usual)
        return RunArchive(
            state: state, commands: RunCommandLine(to: state, in: context), now: context.clock.date,
            tracked: try await TrackedRuns.find(in: state, context))
    }
}

/// Runs whose journals a store keeps.
struct StoreRunsOptions: ParsableArguments {
    @ArgumentParser.Option(
        name: .long,
        help: ArgumentHelp(
            "The runs whose journals this store keeps, on whatever machine they were: `s3://bucket/prefix`.",
            valueName: "url"))
    var store: String?
}

/// For a command that asks before it changes something.
struct ConfirmationOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

    /// - Throws: `CommandError` `nobodyToAsk`.
    func allow(_ question: String, in context: CommandContext, _ output: CommandOutput) async throws -> Bool {
        if yes { return true }
        guard output.format.isForPeople, let answer = context.answer else {
            throw CommandError.nobodyToAsk(option: "--yes")
        }
        context.console.ask("\(question) (y/N)")
        return ["y", "yes"].contains((await answer() ?? "").lowercased())
    }
}

/// What becomes of the programs that an interrupted run has left at work, for commands that continue one.
struct LeftProgramsOptions: ParsableArguments {
    @Flag(
        name: .long,
        help: """
            End the programs that the killed runner has left at work on the interrupted step, instead of waiting for them: \
            SIGTERM, and SIGKILL after five seconds. Without it the command waits as long as the step's `timeout` allows.
            """)
    var kill = false

    var policy: LeftProgramsPolicy { kill ? .ended : .awaited }
}

/// How much a command tells.
struct VerbosityOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print every change and every log line.")
    var verbose = false

    func validate() throws {
        if quiet && verbose { throw ValidationError("`--quiet` and `--verbose` cannot be used together") }
    }

    var verbosity: Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }
}

/// The form and the colours of what a command tells.
struct OutputOptions: ParsableArguments {
    @ArgumentParser.Option(
        name: .long,
        help: "Colours: auto (on a terminal, or if FORCE_COLOR is set, and never if NO_COLOR is), always, never.")
    var color = ColourChoice.auto

    @ArgumentParser.Option(
        name: .long,
        help: ArgumentHelp(
            "Format of standard output: text (the default) or json; errors go to standard error in both.",
            valueName: "format"))
    var outputFormat: OutputFormat?

    @Flag(name: .long, help: "Short for `--output-format json`.")
    var json = false

    func validate() throws {
        if json, outputFormat == .text {
            throw ValidationError("`--json` and `--output-format text` cannot be used together")
        }
    }

    func output(on console: Console, _ verbosity: Verbosity = .normal) -> CommandOutput {
        CommandOutput(console: console, format: format, verbosity: verbosity)
    }

    var format: OutputFormat { outputFormat ?? (json ? .json : .text) }
}

extension OutputFormat: ExpressibleByArgument {}

enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never

    func applied(to console: Console) -> Console {
        var console = console
        if self != .auto { console.style.isColoured = self == .always }
        return console
    }
}

/// The inputs of a pipeline.
struct InputOptions: ParsableArguments {
    @ArgumentParser.Option(
        name: [.customShort("i"), .long], help: ArgumentHelp("Sets an input of the pipeline.", valueName: "name=value"),
        completion: Completion.inputs)
    var input: [String] = []

    /// - Throws: `CommandError.badInput`.
    func inputs() throws -> [String: String] {
        var inputs: [String: String] = [:]
        for text in input {
            guard let split = text.firstIndex(of: "="), split != text.startIndex else {
                throw CommandError.badInput(text)
            }
            inputs[String(text[..<split])] = String(text[text.index(after: split)...])
        }
        return inputs
    }
}

/// Where a pipeline's relative paths start.
struct ProjectOptions: ParsableArguments {
    @ArgumentParser.Option(
        name: .long,
        help: """
            Folder at which the file's relative paths start (default: the one that holds `pipelines` with the file, or the top \
            of its git checkout, or its folder).
            """, completion: .directory)
    var project: String?

    /// The project of a pipeline file, and the folder that keeps its runs.
    func places(
        of file: FilePath, _ stateOptions: StateOptions, in context: CommandContext
    ) -> (project: Project, state: StateFolder) {
        let usual: (project: Project, state: StateFolder)
        if let project {
            let folder = context.path(project)
            usual = (Project(folder: folder), StateFolder(in: folder))
        } else {
            let found = ProjectLocator(around: file.removingLastComponent())
            usual = (found.project, found.state)
        }
        return (usual.project, stateOptions.folder(in: context, usual: usual.state))
    }
}
