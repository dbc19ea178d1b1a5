internal import ArgumentParser
internal import PipelineKit

struct RollbackCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Undoes a run from its journal.",
        discussion: """
            Works for a run that has succeeded, that was interrupted, or whose rollback did not finish. Only what is still \
            as the run left it is restored.

            Exit status: 0 all of it is undone; 3 something is not; 75 another run has the store, and nothing was done.
            """)

    @Argument(help: "The run, or a part of its id (default: the newest).") var run: String?
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) async throws -> Exit {
        let entry = try stateOptions.archive(in: context).find(run)
        let session = RunSession(
            context: context, purpose: .rollback, verbosity: verbosityOptions.verbosity, isJSON: outputOptions.json)
        return RunPurpose.rollback.exit(of: try await session.goOn(entry.path))
    }
}
