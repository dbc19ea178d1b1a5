internal import ArgumentParser
internal import PipelineKit

struct RunCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a pipeline.",
        discussion: """
            Steps run in order. If one fails, what the run had changed is rolled back in reverse.

            Exit status: 0 done; 1 failed, and what visitors get is unchanged or restored; 3 failed, and something is not \
            restored; 4 the new release is live and whole, and something after it is not done; 64 wrong usage; 65 the file is wrong; 75 another run has the store; 124 a timeout; 130 and 143 \
            stopped by a signal.
            """)

    @Argument(help: "The pipeline file.", completion: Completion.pipelineFile) var file: String
    @OptionGroup var inputOptions: InputOptions
    @Flag(
        name: .long, help: "Show what the run would change, as `\(ProgramName.current) plan` does, and change nothing.")
    var dryRun = false
    @Flag(
        name: .long,
        help: "With --dry-run: run the commands that only read, `exec` with `effect: none`, as `plan` does.")
    var allowCommands = false
    @OptionGroup var projectOptions: ProjectOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if allowCommands && !dryRun {
            throw ValidationError("`--allow-commands` is for `--dry-run`: a run needs no leave")
        }
    }

    var changesThings: Bool { !dryRun }

    func run(in context: CommandContext) async throws -> Exit {
        let path = context.path(file)
        let (project, state) = projectOptions.places(of: path, stateOptions, in: context)
        let (pipeline, bytes) = try PipelineLoader(context: context).load(
            path, shown: path, inputs: inputOptions.inputs())
        let output = outputOptions.output(on: context.console, verbosityOptions.verbosity)
        if dryRun {
            let exit = try await PlanSession(context: context, output: output, startsCommands: allowCommands).show(
                pipeline, project: project, state: state)
            return exit == .changes ? .success : exit
        }
        let archive = RunArchive(state: state, commands: RunCommandLine(to: state, in: context))
        let unfinished = UnfinishedRuns(of: pipeline, project, in: context)
        await archive.warnOfUnfinished(in: context, unless: unfinished.includes)
        var session = RunSession(context: context, purpose: .run, output: output)
        session.finishesOthers = true
        return try await session.start(pipeline, bytes: bytes, project: project, state: state).exitCode
    }
}
