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
        if let reason = entry.nothingToUndo, !outputOptions.json {
            context.console.note("run \(entry.id) \(reason), so there is nothing to undo")
            context.console.note("  next: `runner runs` lists the others; `runner rollback RUN` undoes one of them")
            return .success
        }
        let session = RunSession(
            context: context, purpose: .rollback, verbosity: verbosityOptions.verbosity, isJSON: outputOptions.json)
        return RunPurpose.rollback.exit(of: try await session.goOn(entry.path))
    }
}

extension RunArchive.Entry {
    /// Why a rollback of it would find nothing to do, nil where it may find something.
    fileprivate var nothingToUndo: String? {
        switch state {
        case .rolledBack: "has been taken back already"
        case .failed: "failed and left nothing behind"
        case .notStarted, .atWork, .interrupted, .succeeded, .unfinished, .stuck: nil
        }
    }
}
