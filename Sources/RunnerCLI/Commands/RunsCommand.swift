internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct RunsCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists the runs of this project, the newest first.")

    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) throws -> Exit {
        let archive = archiveOptions.archive(in: context)
        let entries = try archive.entries(to: .look) { context.console.report($1) }
        archive.warnOfNewer(entries, context.console)
        let output = outputOptions.output(on: context.console)
        output.document(.runs(entries, in: archive.state.path.string))
        guard !entries.isEmpty else {
            output.note("there are no runs in \(archive.state.path)")
            return .success
        }
        let rows = entries.map {
            [$0.id, $0.state.word, $0.history.started?.pipeline ?? "", $0.history.highlight]
        }
        let table = Table(header: ["RUN", "STATE", "PIPELINE", ""], rows: rows)
        output.text(table.lines(width: context.console.width(.output)))
        return .success
    }
}
