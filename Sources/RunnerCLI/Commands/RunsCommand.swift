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
        if outputOptions.json {
            context.console.print(JSONDocument.runs(entries, in: archive.state.path.string).line)
            return .success
        }
        guard !entries.isEmpty else {
            context.console.note("there are no runs in \(archive.state.path)")
            return .success
        }
        let rows = entries.map {
            [$0.id, $0.state.rawValue, $0.history.started?.pipeline ?? "", $0.history.highlight]
        }
        let table = Table(header: ["RUN", "STATE", "PIPELINE", ""], rows: rows)
        for line in table.lines(width: context.console.width(.output)) { context.console.print(line) }
        return .success
    }
}
