internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct InitCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a pipeline file to start from.",
        discussion: "Templates: "
            + PipelineTemplate.allCases.map { "\($0.rawValue) (\($0.summary))" }
            .joined(separator: "; ") + ".")

    @Argument(help: "What to start from.") var template: PipelineTemplate = .folder
    @ArgumentParser.Option(
        name: .shortAndLong, help: "Where to write it (default: pipelines/deploy.yml, rollback.yml or smoke.yml).")
    var output: String?
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) throws -> Exit {
        let name = output ?? "pipelines/\(template.fileName)"
        let path = context.path(name)
        if (try? DurableFile.read(path)) != nil { throw CommandError.fileExists(path.string) }
        try DurableFile.makeFolder(
            path.removingLastComponent(), mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        try DurableFile.write(
            Array(template.text.utf8), to: path, mode: [.ownerReadWrite, .groupRead, .otherRead])
        if outputOptions.json {
            context.console.print(JSONDocument.written(path.string, template: template.rawValue).line)
            return .success
        }
        context.console.print(path.string)
        let file = ShellWord.quoted(name)
        context.console.note("next: look through it, then `runner validate \(file)` and `runner plan \(file)`")
        return .success
    }
}
