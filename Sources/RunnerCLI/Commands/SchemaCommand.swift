internal import ArgumentParser
internal import PipelineKit

struct SchemaCommand: LookupCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema (draft-07) of the pipeline file, for editors.",
        discussion: """
            `runner init` writes it beside the pipeline file. To print it again: runner schema > pipelines/pipeline.schema.json. A \
            file names it in its first line: # yaml-language-server: $schema=pipeline.schema.json
            """)

    func run(in context: CommandContext) throws -> Exit {
        context.console.print(PipelineSchema.json(context.registry))
        return .success
    }
}
