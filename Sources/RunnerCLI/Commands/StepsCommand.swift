internal import ArgumentParser
internal import PipelineKit

struct StepsCommand: LookupCommand {
    static let configuration = CommandConfiguration(
        commandName: "steps", abstract: "Lists the kinds of step, or one kind's options and outputs with an example.")

    @Argument(help: "A kind.") var kind: String?
    @Flag(name: .long, help: "Print all kinds as a Markdown document.") var markdown = false

    func run(in context: CommandContext) throws -> Exit {
        let registry = context.registry
        let pages = registry.names.compactMap { name in registry[name].map { KindPage($0) } }
        if markdown {
            context.console.print(KindPage.document(pages))
        } else if let kind {
            guard let page = pages.first(where: { $0.kind.name == kind }) else {
                throw CommandError.noSuchKind(kind, Suggestion.help(for: kind, among: registry.names))
            }
            for line in page.lines { context.console.print(line) }
        } else {
            for line in Table(header: ["KIND", ""], rows: pages.map { [$0.kind.name, $0.kind.summary] }).lines {
                context.console.print(line)
            }
            context.console.note("\n`runner steps KIND` tells a kind's options")
        }
        return .success
    }
}
