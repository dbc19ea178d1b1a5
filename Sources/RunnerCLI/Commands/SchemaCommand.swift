internal import ArgumentParser
internal import PipelineKit

struct SchemaCommand: LookupCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema (draft-07) of the pipeline file, for editors.",
        discussion: "Name it in a file's first line: # yaml-language-server: $schema=pipeline.schema.json")

    func run(in context: CommandContext) throws -> Exit {
        context.console.print(PipelineSchema.json(context.registry))
        return .success
    }
}
