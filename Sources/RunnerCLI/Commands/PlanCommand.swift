internal import ArgumentParser
internal import PipelineKit

struct PlanCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what a run would change, and changes nothing.",
        discussion: """
            Local steps such as hash and gzip really run, in a folder that is deleted afterwards: in `.runner`, if that is \
            there already, or else among the temporary files (TMPDIR). What depends on a step that did not run is known \
            only after it has. An exec step with `effect: none` runs only with --allow-commands.
            """)

    @Argument(help: "The pipeline file.", completion: Completion.pipelineFile) var file: String
    @OptionGroup var inputOptions: InputOptions
    @OptionGroup var projectOptions: ProjectOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @Flag(name: .long, help: "Exit with 2 if there are changes.") var detailedExitcode = false
    @Flag(name: .long, help: "Run the commands that only read: `exec` with `effect: none`.") var allowCommands = false
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { false }

    func run(in context: CommandContext) async throws -> Exit {
        let path = context.path(file)
        let (project, state) = projectOptions.places(of: path, stateOptions, in: context)
        let (pipeline, _) = try PipelineLoader(context: context).load(
            path, shown: path, inputs: inputOptions.inputs())
        let output = outputOptions.output(on: context.console, verbosityOptions.verbosity)
        let exit = try await PlanSession(context: context, output: output, startsCommands: allowCommands).show(
            pipeline, project: project, state: state)
        return exit == .changes && !detailedExitcode ? .success : exit
    }
}
