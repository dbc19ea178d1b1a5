internal import ArgumentParser
internal import PipelineKit

struct RecoverCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Finishes every interrupted run: forward, or back if it had failed.",
        discussion:
            "Exit status: 0 all went forward or there was nothing; 1 something was rolled back; 3 something is left; 4 all "
            + "went forward, and a step got no answer.")

    @Flag(help: "If the last record of a run's journal is damaged, continue as if it had never been written.")
    var dropLast = false

    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var leftProgramsOptions: LeftProgramsOptions
    @OptionGroup var verbosityOptions: VerbosityOptions
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { true }

    func run(in context: CommandContext) async throws -> Exit {
        let output = outputOptions.output(on: context.console, verbosityOptions.verbosity)
        var isDamaged = false
        let archive = try await archiveOptions.archive(in: context)
        let entries = try archive.entries(to: .change, damagedEnd) { _, error in
            context.console.report(error)
            isDamaged = true
        }
        let unfinished = entries.filter { $0.history.started != nil && $0.history.isUnfinished }
        if unfinished.isEmpty, !isDamaged {
            let folder = archive.state.path
            output.note(
                entries.isEmpty
                    ? "there are no runs in \(folder), so there is nothing to recover"
                    : "nothing to recover in \(folder)")
        }
        var worst = isDamaged ? Exit.unrestored : .success
        // The oldest first: what a newer run did may depend on it.
        for entry in unfinished.reversed() {
            let code = await recover(entry, in: context, output)
            if code == .unrestored || worst == .success { worst = code }
        }
        return worst
    }

    private var damagedEnd: JournalReader.DamagedEnd { dropLast ? .dropped : .refused }

    private func recover(
        _ entry: RunArchive.Entry, in context: CommandContext, _ output: CommandOutput
    ) async -> Exit {
        let session = RunSession(
            context: context, purpose: .recover, output: output, leftPrograms: leftProgramsOptions.policy)
        do {
            return RunPurpose.recover.exit(of: try await session.resume(entry.path, damagedEnd))
        } catch let error as RunBusy {
            context.console.note("run \(error.runID) is running in another process, so it was left alone")
            return .success
        } catch {
            context.console.report(error)
            return .unrestored
        }
    }
}
