internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct InitCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a pipeline file to start from.",
        discussion: """
            Templates: \(PipelineTemplate.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: "; ")).

            A deploy gets the first of the folders dist, build, public, _site, out and site that has an index.html. A way back \
            and a check get the store, the distribution and the URL of the file deploy.yml beside them.

            A store is named after the project's folder.

            Beside the file, the JSON Schema of pipeline files is written as \(schemaName), and the file's first line names it \
            to editors. No file that is there already is changed.
            """)

    /// The name is the same as in the file's first line, so that it is found wherever the two are.
    private static let schemaName = "pipeline.schema.json"

    @Argument(help: "What to start from.") var template: PipelineTemplate = .folder
    @ArgumentParser.Option(
        name: .shortAndLong, help: "Where to write it (default: pipelines/deploy.yml, rollback.yml or smoke.yml).",
        completion: Completion.pipelineFile)
    var output: String?
    @Flag(name: .long, help: "Write no JSON Schema, and no line that names it.") var noSchema = false
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) throws -> Exit {
        let name = output ?? "pipelines/\(template.fileName)"
        let path = context.path(name)
        if try FileStatus.exists(path) { throw CommandError.fileExists(path.string) }
        let facts = SiteFacts(around: path)
        let folder = path.removingLastComponent()
        try DurableFile.makeFolder(folder, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        let schema = folder.appending(Self.schemaName)
        let writesSchema = try !noSchema && !FileStatus.exists(schema)
        if writesSchema { try write(PipelineSchema.json(context.registry) + "\n", to: schema) }
        let line = noSchema ? "" : "# yaml-language-server: $schema=\(Self.schemaName)\n"
        try write(line + template.text(facts), to: path)
        let output = outputOptions.output(on: context.console)
        output.document(.written(path.string, template: template.rawValue))
        output.text([path.string])
        if writesSchema { output.note("beside it, for editors: \(Self.schemaName)") }
        for note in notes(facts) { output.note(note) }
        let file = ShellWord.quoted(name)
        let examples = template.examples(facts).map { "`\($0.option)` (\($0.value))" }
        let first = examples.isEmpty ? "look through it" : "set \(examples.listed) to yours"
        output.note(
            "next: \(first), then `\(ProgramName.current) validate \(file)` and `\(ProgramName.current) plan \(file)`"
        )
        return .success
    }

    private func write(_ text: String, to path: FilePath) throws {
        try DurableFile.write(Array(text.utf8), to: path, mode: [.ownerReadWrite, .groupRead, .otherRead])
    }

    /// What was found, and what must be set by hand.
    private func notes(_ facts: SiteFacts) -> [String] {
        if template.isDeploy {
            guard let source = facts.sources.first else {
                return ["no folder with an index.html was found: set `source` to that of the finished site"]
            }
            let others = facts.sources.dropFirst().map { "`\($0)`" }.joined(separator: ", ")
            return ["`source` is `\(source)`, which has an index.html" + (others.isEmpty ? "" : ", as \(others) has")]
        }
        guard let deploy = facts.deploy else { return [] }
        let taken = deploy.options.map(\.name).filter { template != .smoke || $0 == "url" }
        let unknown = deploy.unknown.filter { template != .smoke || $0 == "url" }
        let list = { (names: [String]) in names.map { "`\($0)`" }.joined(separator: ", ") }
        return (taken.isEmpty ? [] : ["taken from \(deploy.name): \(list(taken))"])
            + (unknown.isEmpty ? [] : ["an expression in \(deploy.name), to be set by hand here: \(list(unknown))"])
    }
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`.
    fileprivate var listed: String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " and " + self[count - 1]
    }
}

extension JSONDocument {
    /// The file that `runner init` has written.
    static func written(_ file: String, template: String) -> JSONDocument {
        JSONDocument(
            schema: "runner.init/1", type: "init", fields: ["file": .text(file), "template": .text(template)])
    }
}
