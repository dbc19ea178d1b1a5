internal import ArgumentParser
internal import PipelineKit

struct RunsCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists the runs of this project, the newest first.")

    @OptionGroup var stateOptions: StateOptions

    func run(in context: CommandContext) async throws -> Exit {
        let archive = stateOptions.archive(in: context)
        let entries = try archive.entries { context.console.report($0) }
        guard !entries.isEmpty else {
            context.console.note("there are no runs in \(archive.state.path)")
            return .success
        }
        let rows = entries.map {
            [$0.id, $0.state.rawValue, $0.history.started?.pipeline ?? "", $0.history.highlight]
        }
        for line in Table(header: ["RUN", "STATE", "PIPELINE", ""], rows: rows).lines { context.console.print(line) }
        return .success
    }
}
