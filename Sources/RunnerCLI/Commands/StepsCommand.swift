internal import ArgumentParser
internal import PipelineKit

struct StepsCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "steps",
        abstract: "Lists the kinds of step, or shows one kind's options and outputs with an example.")

    @Argument(help: "A kind.", completion: Completion.kinds) var kind: String?
    @Flag(name: .long, help: "Print all kinds as a Markdown document.") var markdown = false
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if markdown && !outputOptions.format.isForPeople {
            throw ValidationError("`--markdown` and `--output-format json` cannot be used together")
        }
    }

    func run(in context: CommandContext) throws -> Exit {
        let registry = context.registry
        let pages = registry.names.compactMap { name in registry[name].map { KindPage($0) } }
        let asked = pages.filter { kind == nil || $0.kind.name == kind }
        if let kind, asked.isEmpty {
            throw CommandError.noSuchKind(kind, Suggestion.help(for: kind, among: registry.names))
        }
        let output = outputOptions.output(on: context.console)
        let width = context.console.width(.output)
        output.document(.kinds(asked))
        if markdown {
            output.text([KindPage.document(pages)])
        } else if kind != nil {
            output.text(asked.flatMap { $0.lines(width: width) })
        } else {
            let kinds = DefinitionList(entries: pages.map { ($0.kind.name, [$0.kind.summary]) })
            output.text(kinds.lines(width: width))
            output.note("\n`\(ProgramName.current) steps KIND` tells a kind's options")
        }
        return .success
    }
}
