internal import ArgumentParser
internal import Digest
internal import PipelineKit
internal import SystemPackage

struct ResumeCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Continues an interrupted run, or does what a live release still lacks.",
        discussion: "Finished steps are not run again. The pipeline file must be what it was when the run began.")

    @Argument(help: "The run, or a part of its id (default: the newest).", completion: Completion.runs) var run: String?
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var leftProgramsOptions: LeftProgramsOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { true }

    func run(in context: CommandContext) async throws -> Exit {
        let archive = try await archiveOptions.archive(in: context)
        let entry = try archive.find(run, to: .change)
        guard let started = entry.history.started else { throw CommandError.neverStarted(entry.id) }
        if entry.history.failed != nil, !entry.history.isUnfinished { throw CommandError.alreadyTakenBack(entry.id) }
        if entry.history.failed != nil { throw CommandError.alreadyFailed(entry.id, archive.commands) }
        if !entry.history.isUnfinished {
            throw CommandError.nothingToResume(
                entry.id, canUndo: try await canUndo(entry, of: archive, in: context), archive.commands)
        }
        let bytes = try? DurableFile.read(FilePath(started.file))
        guard let bytes, SHA256.hash(bytes).description == started.digest else {
            throw CommandError.pipelineChanged(file: started.file, run: entry.id, archive.commands)
        }
        let output = outputOptions.output(on: context.console, verbosityOptions.verbosity)
        let session = RunSession(
            context: context, purpose: .resume, output: output, leftPrograms: leftProgramsOptions.policy)
        return try await session.resume(entry.path).exitCode
    }

    /// A rollback refuses a run that has nothing to undo, and a deploy that another one has replaced.
    private func canUndo(
        _ entry: RunArchive.Entry, of archive: RunArchive, in context: CommandContext
    ) async throws -> Bool {
        guard entry.history.hasUndoableChange else { return false }
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        guard let deploy = reader.read(entry)?.deploy, deploy.switches.contains(where: \.isInPlace) else { return true }
        let entries = try archive.entries(to: .look) { _, _ in }
        return await archive.live(among: entries, in: context).runs[entry.id] != nil
    }
}
