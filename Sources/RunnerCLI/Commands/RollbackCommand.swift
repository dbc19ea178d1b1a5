internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct RollbackCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Gives visitors the release that they had before.",
        discussion: """
            Alone it takes back the live deploy of the pipeline that this folder or `--pipeline` tells: the newest that is \
            in place, whatever failed since. A deploy that was interrupted, or whose rollback did not finish, is \
            finished first. With RUN it takes back that run, if it is live; an unfinished one can always be undone. Only \
            what is still as the run left it is restored. With `--to` it makes a release of the store live, by a run of its own \
            that can itself be taken back.

            Exit status: 0 visitors have something else than before (with an unfinished RUN, or one that switches nothing: \
            all of it is undone); 1 what they have is unchanged; 3 something is not restored; 64 nothing tells what is \
            meant, or there is nothing to take back; 75 another run has the store. With `--to`, the others of `run` as well.
            """)

    @Argument(help: "The run, or a part of its id (default: the live deploy).", completion: Completion.runs)
    var run: String?
    @ArgumentParser.Option(
        name: .long, help: ArgumentHelp("Make this release live, or the `previous` one.", valueName: "version"),
        completion: Completion.releases)
    var to: String?
    @ArgumentParser.Option(
        name: .long,
        help: ArgumentHelp(
            "The pipeline whose site is meant: its file, or its name (default: that of this folder).",
            valueName: "file-or-name"),
        completion: Completion.pipelineFile)
    var pipeline: String?
    @Flag(name: .long, help: "Show what would be undone and what visitors would have, and change nothing.")
    var dryRun = false
    @Flag(name: .shortAndLong, help: "Do not ask whether visitors may be left without a release.") var yes = false
    @Flag(name: .long, help: "Never ask; exit with 64 if it is not clear what is meant.") var noInput = false
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var leftProgramsOptions: LeftProgramsOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if run != nil && to != nil { throw ValidationError("RUN and `--to` cannot be used together") }
        if to != nil && leftProgramsOptions.kill {
            throw ValidationError("`--kill` is for an interrupted run, and `--to` begins a new one")
        }
        if dryRun && leftProgramsOptions.kill {
            throw ValidationError("`--dry-run` ends nothing, so `--kill` cannot be used with it")
        }
        if run != nil && pipeline != nil { throw ValidationError("RUN and `--pipeline` cannot be used together") }
    }

    var changesThings: Bool { !dryRun }

    func run(in context: CommandContext) async throws -> Exit {
        let named = pipeline.map { NamedPipeline($0, in: context) }
        let folder = archiveOptions.project.map(context.path) ?? context.currentFolder
        let output = outputOptions.output(on: context.console, verbosityOptions.verbosity)
        let session = try await RollbackSession(
            context: context, archive: try await archiveOptions.archive(in: context, of: named?.file),
            scope: DeploySelection.Scope(folder: folder, pipeline: named), to: to, output: output,
            leftPrograms: leftProgramsOptions.policy, isDryRun: dryRun,
            answer: noInput || !output.format.isForPeople ? nil : context.answer, mayLeaveNothing: yes)
        if let run { return try await session.takeBack(run) }
        if let to { return try await session.go(to: to) }
        return try await session.takeBackNewest()
    }
}
